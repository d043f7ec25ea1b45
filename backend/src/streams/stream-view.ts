// The `StreamView` of a stream that is in memory.
import type { StreamId } from '@sillage/protocol';
import type { LiveStream } from './live-stream.ts';
import type { StreamView } from './stream-store.ts';

/** Builds a view of `live`. The caller has added the reader; `close` calls `onClose`, each time. */
export function viewOf(streamId: StreamId, live: LiveStream, onClose: () => void): StreamView {
  return {
    streamId,
    get stored() {
      return live.stored;
    },
    get end() {
      return live.end;
    },
    next: (after) => live.next(after),
    isTorn: (after) => live.isTorn(after),
    close: onClose,
  };
}
