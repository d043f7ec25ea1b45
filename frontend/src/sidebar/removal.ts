// A deletion that is held back for a while: it can be undone, and goes out when the time is over or the page closes.
import { deleteForGood } from '../browser/api.ts';

/** Holds back one deletion at a time. */
export interface Removal {
  /** Holds back this one; the one before goes out now. */
  readonly hold: (sessionId: string) => void;
  /** Gives up the one that is held back; says whether there was one. */
  readonly undo: () => boolean;
  /** Lets the one that is held back go out now. */
  readonly commit: () => void;
}

/** Makes one; `onGone` and `onFailure` tell how each deletion went. */
export function createRemoval({
  undoMs,
  onGone,
  onFailure,
}: {
  readonly undoMs: number;
  readonly onGone: (sessionId: string) => void;
  readonly onFailure: (sessionId: string, error: unknown) => void;
}): Removal {
  let held: { readonly sessionId: string; readonly timer: ReturnType<typeof setTimeout> } | undefined;

  const release = () => {
    const released = held?.sessionId;
    clearTimeout(held?.timer);
    held = undefined;
    return released;
  };
  const commit = () => {
    const sessionId = release();
    if (sessionId === undefined) return;
    deleteForGood(sessionId).then(
      () => onGone(sessionId),
      (error) => onFailure(sessionId, error),
    );
  };

  return {
    hold(sessionId) {
      commit();
      held = { sessionId, timer: setTimeout(commit, undoMs) };
    },
    undo: () => release() !== undefined,
    commit,
  };
}
