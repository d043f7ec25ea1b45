// Keeps rows true to the feed: events only say that something has changed, so the rows are asked for, several at once.
import type { FeedEvent, SessionSummary } from '@sillage/protocol';
import { fetchSummary } from '../browser/api.ts';

/** Where more rows than this have changed, a page is cheaper. */
const singleRows = 5;

/** Makes what gathers events for `gatherMs` and then asks for their rows, or for the page. Ends with `signal`. */
export function createRowRefresh({
  gatherMs,
  signal,
  onRow,
  onMany,
}: {
  readonly gatherMs: number;
  readonly signal: AbortSignal;
  readonly onRow: (sessionId: string, session: SessionSummary | undefined) => void;
  readonly onMany: () => void;
}): (event: FeedEvent) => void {
  const changedIds = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer));

  const ask = () => {
    timer = undefined;
    const ids = [...changedIds];
    changedIds.clear();
    if (ids.length > singleRows) return onMany();
    for (const sessionId of ids) {
      fetchSummary(sessionId, signal).then(
        (session) => onRow(sessionId, session),
        () => {}, // what is shown stands; the next event asks again
      );
    }
  };

  return ({ type, sessionId }) => {
    if (type === 'session-deleted') changedIds.delete(sessionId);
    else changedIds.add(sessionId);
    timer ??= setTimeout(ask, gatherMs);
  };
}
