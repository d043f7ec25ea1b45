// Who may append to an open stream: the one check of all stores, and the errors of a producer that may not.
import { StreamError, type StreamId } from '@sillage/protocol';
import type { OpenStream } from './stream-store.ts';

/** Returns the open stream if this producer may append to it.
 *  @throws {StreamError} `stream-ended` after its end or while it is being written, `fenced` for another epoch. */
export function appendable<Open extends { readonly epoch: number; readonly ending: unknown }>(
  open: Open | undefined,
  { streamId, epoch }: OpenStream,
): Open {
  if (open === undefined || open.ending !== undefined) {
    throw new StreamError('stream-ended', `The stream ${streamId} has ended; nothing can be appended.`);
  }
  if (open.epoch !== epoch) throw fenced(streamId);
  return open;
}

/** Error for a producer with another epoch than the stream's. */
export function fenced(streamId: StreamId): StreamError {
  return new StreamError('fenced', `Another producer owns the stream ${streamId}.`);
}
