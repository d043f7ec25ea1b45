// Keeps rows in step with the feed. Events only announce changes, so the rows are requested, several at once.
import type { FeedEvent, SessionSummary } from '@sillage/protocol';
import { fetchSummary } from '../../browser/api.ts';

/** Maximum number of rows requested one by one; beyond it, a page is cheaper. */
const singleRows = 5;

/** Returns a function that collects events for `gatherMs` and then requests their rows, or the page. Ends with
 *  `signal`. */
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

  const refreshRows = () => {
    timer = undefined;
    const ids = [...changedIds];
    changedIds.clear();
    if (ids.length > singleRows) return onMany();
    for (const sessionId of ids) {
      fetchSummary(sessionId, signal).then(
        (session) => onRow(sessionId, session),
        () => {}, // the row stays as it is; the next event requests it again
      );
    }
  };

  return ({ type, sessionId }) => {
    if (type === 'session-deleted') changedIds.delete(sessionId);
    else changedIds.add(sessionId);
    timer ??= setTimeout(refreshRows, gatherMs);
  };
}
