// A delayed deletion: it can be undone, and is executed when the time is over or the page closes.
import { deleteForGood } from '../../browser/api.ts';

/** Delays one deletion at a time. */
export interface Removal {
  /** Delays this deletion; executes an earlier pending one immediately. */
  readonly hold: (sessionId: string) => void;
  /** Cancels the pending deletion; returns whether there was one. */
  readonly undo: () => boolean;
  /** Executes the pending deletion immediately. */
  readonly commit: () => void;
}

/** Creates a `Removal`; calls `onGone` or `onFailure` with the result of each deletion. */
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
