// Reads one stream to its end through any number of lost connections: the one place that decides to go on or to give up.
import type { Offset, StreamError, StreamId } from '@sillage/protocol';
import type { ClientTimings } from '../timings.ts';
import type { Arrival } from '../transport/connection.ts';
import { isOffline, pause } from '../transport/connectivity.ts';
import { isRetryable, streamErrorOf } from '../transport/request.ts';
import type { SentStart } from './reading.ts';

/** Says that the connection was lost and is being resumed; or that the stream is read once more from its start,
 *  so that what was shown of it no longer counts. */
interface LossEvent {
  readonly type: 'lost' | 'restarted';
  /** How long the server asks to wait before the next attempt, in seconds. */
  readonly retryAfter?: number | undefined;
}

/** Is one thing that happens to a reading. */
export type ReadingEvent = Arrival | LossEvent;

/** Says what to read, how to connect to it, and how patient to be. */
export interface Following extends Pick<ClientTimings, 'attempts' | 'retryAfterMaxMs'> {
  /** The stream, or the start that makes it: sent again until the stream's id is known. */
  readonly target: StreamId | SentStart;
  readonly open: (target: StreamId | SentStart, after: Offset) => AsyncIterable<readonly Arrival[]>;
  readonly backoff: (attempt: number) => number;
  readonly signal: AbortSignal;
}

/** Yields every event of the stream once, in order, as network reads brought them; returns after the end event.
 *  @throws {StreamError} when the server refuses the stream, or too many connections in a row brought nothing. */
export async function* follow({ open, signal, ...following }: Following): AsyncGenerator<readonly ReadingEvent[]> {
  let { target } = following;
  let after = 0;
  let hasRestarted = false;
  let excused = 0; // failures without a network say nothing about the server
  for (let failures = 1; ; failures++) {
    const wasOffline = isOffline();
    let loss: unknown;
    try {
      for await (const events of open(target, after)) {
        yield events;
        for (const event of events) {
          if (event.type === 'end') return;
          if (event.type === 'opened') target = event.streamId ?? target;
          else {
            after = event.offset;
            failures = excused = 0; // it works: the next loss is a first loss
          }
        }
      }
    } catch (error) {
      loss = error;
    }
    if (signal.aborted) return;
    const error = streamErrorOf(loss);
    if (isBeyondTheEnd(error) && after > 0 && !hasRestarted) {
      hasRestarted = true;
      after = 0;
      yield [{ type: 'restarted' }];
    } else {
      if (wasOffline || isOffline()) excused++;
      const pauseMs = pauseAfter(error, failures, excused, following);
      yield [{ type: 'lost', retryAfter: error.retryAfter }];
      await pause(pauseMs, { signal, isFirm: error.retryAfter !== undefined });
    }
  }
}

/** Gives the pause until the next attempt, in milliseconds.
 *  @throws {StreamError} the loss itself, where another attempt would not help or is one too many. */
function pauseAfter(
  loss: StreamError,
  failures: number,
  excused: number,
  { attempts, retryAfterMaxMs, backoff }: Pick<Following, 'attempts' | 'retryAfterMaxMs' | 'backoff'>,
): number {
  const retryAfterMs = (loss.retryAfter ?? 0) * 1000;
  if (!isRetryable(loss) || failures - excused >= attempts || retryAfterMs > retryAfterMaxMs) throw loss;
  return Math.max(retryAfterMs, backoff(failures));
}

function isBeyondTheEnd({ code }: StreamError): boolean {
  return code === 'bad-request' || code === 'stream-ended';
}
