// Waits for the end of a stream as a reader, also if another node produces it.
import { type EndEvent, StreamError, type StreamId } from '@sillage/protocol';
import type { StreamStore, StreamView } from '../../streams/stream-store.ts';

/** Resolves with the end of a stream; `undefined` if it can no longer be read.
 *  @throws {StreamError} `storage` when it has not ended within `withinMs`. */
export async function waitForEnd(
  store: Pick<StreamStore, 'open'>,
  streamId: StreamId,
  { withinMs }: { withinMs: number },
): Promise<EndEvent | undefined> {
  const ended = Promise.withResolvers<EndEvent>();
  let view: StreamView | undefined;
  const check = () => {
    if (view?.end !== undefined) ended.resolve(view.end);
  };
  view = await store.open(streamId, check);
  if (view === undefined) return undefined;
  const fail = () => ended.reject(new StreamError('storage', 'The reply has not ended yet. Try again in a moment.'));
  const limit = setTimeout(fail, withinMs);
  try {
    check();
    return await ended.promise;
  } finally {
    clearTimeout(limit);
    view.close();
  }
}
