// Waits for the end of a stream that another node produces, as any reader does.
import { type EndEvent, StreamError, type StreamId } from '@sillage/protocol';
import type { StreamStore, StreamView } from '../../streams/stream-store.ts';

/** Resolves with the end of a stream, whoever ends it; `undefined` where it cannot be read any more.
 *  @throws {StreamError} `storage` when it has not ended within `withinMs`. */
export async function waitForEnd(
  store: Pick<StreamStore, 'open'>,
  streamId: StreamId,
  { withinMs }: { withinMs: number },
): Promise<EndEvent | undefined> {
  const ended = Promise.withResolvers<EndEvent>();
  let view: StreamView | undefined;
  const look = () => {
    if (view?.end !== undefined) ended.resolve(view.end);
  };
  view = await store.open(streamId, look);
  if (view === undefined) return undefined;
  const refuse = () => ended.reject(new StreamError('storage', 'The reply has not ended yet. Try again in a moment.'));
  const limit = setTimeout(refuse, withinMs);
  try {
    look();
    return await ended.promise;
  } finally {
    clearTimeout(limit);
    view.close();
  }
}
