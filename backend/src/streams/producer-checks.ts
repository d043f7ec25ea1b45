// What a producer may do with an open stream: the same checks in every store.
import { StreamError, type StreamId } from '@sillage/protocol';
import type { Ended, OpenStream } from './stream-store.ts';

/** An open stream in the memory of its producer. */
interface Produced {
  readonly streamId: StreamId;
  readonly epoch: number;
  /** The pending write of its end. */
  ending: Promise<Ended> | undefined;
}

/** Returns the open stream if this producer may append to it.
 *  @throws {StreamError} `stream-ended` after its end or while it is being written, `fenced` for another epoch. */
export function appendable<Open extends Produced>(open: Open | undefined, { streamId, epoch }: OpenStream): Open {
  if (open === undefined || open.ending !== undefined) {
    throw new StreamError('stream-ended', `The stream ${streamId} has ended; nothing can be appended.`);
  }
  if (open.epoch !== epoch) throw fenced(streamId);
  return open;
}

/** Ends an open stream by `write`, which concurrent calls share. After a failed write, the next call writes again.
 *  @throws {StreamError} `fenced` for another epoch. */
export function endOnce(open: Produced, { epoch }: OpenStream, write: () => Promise<Ended>): Promise<Ended> {
  if (open.epoch !== epoch) throw fenced(open.streamId);
  open.ending ??= write().catch((error: unknown) => {
    open.ending = undefined;
    throw error;
  });
  return open.ending;
}

/** Error for a producer with another epoch than the stream's. */
export function fenced(streamId: StreamId): StreamError {
  return new StreamError('fenced', `Another producer owns the stream ${streamId}.`);
}
