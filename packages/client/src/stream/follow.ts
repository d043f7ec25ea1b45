// Reads one stream to its end through any number of lost connections, and decides when to give up.
import type { Offset, StreamError, StreamId } from '@sillage/protocol';
import type { ClientTimings } from '../timings.ts';
import { reconnect } from '../transport/reconnect.ts';
import { isRetryable } from '../transport/request.ts';
import type { SentStart } from './start-request.ts';
import type { ConnectionEvent } from './stream-connection.ts';

/** `lost`: the connection was lost and is being resumed. `restarted`: the stream is read once more from its start, so what
 *  was shown of it no longer counts. */
interface LossEvent {
  readonly type: 'lost' | 'restarted';
  /** How long the server asks to wait before the next attempt, in seconds. */
  readonly retryAfter?: number | undefined;
}

/** One thing that happens while a stream is read. */
export type ReadEvent = ConnectionEvent | LossEvent;

/** Inputs for following a stream. */
export interface FollowOptions extends Pick<ClientTimings, 'attempts' | 'retryAfterMaxMs'> {
  /** The stream, or the start that makes it: sent again until the stream's id is known. */
  readonly target: StreamId | SentStart;
  readonly open: (target: StreamId | SentStart, after: Offset) => AsyncIterable<readonly ConnectionEvent[]>;
  /** The pause before an attempt, in milliseconds. */
  readonly backoff: (attempt: number) => number;
  readonly signal: AbortSignal;
}

/** Yields every event of the stream once, in order, as network reads brought them; returns after the end event.
 *  @throws {StreamError} when the server refuses the stream, or too many connections in a row brought nothing. */
export function follow({ open, signal, ...options }: FollowOptions): AsyncGenerator<readonly ReadEvent[]> {
  let { target } = options;
  let after = 0;
  let hasRestarted = false;
  return reconnect<readonly ReadEvent[]>({
    async *connect(progress) {
      for await (const events of open(target, after)) {
        yield events;
        for (const event of events) {
          if (event.type === 'end') return true;
          if (event.type === 'opened') target = event.streamId ?? target;
          else {
            after = event.offset;
            progress();
          }
        }
      }
      return false;
    },
    onLoss(loss, { failures, offline }) {
      if (isBeyondTheEnd(loss) && after > 0 && !hasRestarted) {
        hasRestarted = true;
        after = 0;
        return { item: [{ type: 'restarted' }], pauseMs: 0 };
      }
      const { attempts, retryAfterMaxMs, backoff } = options;
      const retryAfterMs = (loss.retryAfter ?? 0) * 1000;
      if (!isRetryable(loss) || failures - offline >= attempts || retryAfterMs > retryAfterMaxMs) throw loss;
      return {
        item: [{ type: 'lost', retryAfter: loss.retryAfter }],
        pauseMs: Math.max(retryAfterMs, backoff(failures)),
        isFirm: loss.retryAfter !== undefined,
      };
    },
    signal,
  });
}

function isBeyondTheEnd({ code }: StreamError): boolean {
  return code === 'bad-request' || code === 'stream-ended';
}
