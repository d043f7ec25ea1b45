// One reader's hold on a stream in memory.
import type { StreamId } from '@sillage/protocol';
import type { LiveStream } from './live-stream.ts';
import type { StreamView } from './stream-store.ts';

/** Builds the view of a stream whose reader is counted; `letGo` is called at each `close`. */
export function viewOf(streamId: StreamId, live: LiveStream, letGo: () => void): StreamView {
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
    close: letGo,
  };
}
