// Reads one stream to its end through any number of lost connections, and decides when to give up.
import { formatEventId, headers, type StreamError, type StreamId, streamRoutes } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import type { ClientContext } from '../transport/client-context.ts';
import { reconnect } from '../transport/reconnect.ts';
import { isRetryable, request } from '../transport/request.ts';
import type { SentStart } from './start-request.ts';
import { type ConnectionEvent, connect, type Position } from './stream-connection.ts';

/** `lost`: the connection was lost and is being resumed. `restarted`: the stream is read once more from its start, so what
 *  was shown of it no longer counts. */
interface LossEvent {
  readonly type: 'lost' | 'restarted';
  /** How long the server asks to wait before the next attempt, in seconds. */
  readonly retryAfter?: number | undefined;
}

/** One thing that happens while a stream is read. */
export type ReadEvent = ConnectionEvent | LossEvent;

/** Yields every event of a stream once, in order, one array for each network read; returns after the end event.
 *  @param target the stream, or the start that makes it: sent again until the stream's id is known.
 *  @throws {StreamError} when the server refuses the stream, or too many connections in a row brought nothing. */
export function readStream(
  target: StreamId | SentStart,
  context: ClientContext,
  signal: AbortSignal,
): AsyncGenerator<readonly ReadEvent[]> {
  const { options, timings, backoff } = context;
  const position: Position = { target, after: 0 };
  let hasRestarted = false;
  return reconnect<readonly ReadEvent[]>({
    connect: (progress) =>
      connect({ send: (connection) => sendFor(position, options(), connection), position, progress, context, signal }),
    onLoss(loss, { failures, offline }) {
      if (isBeyondTheEnd(loss) && position.after > 0 && !hasRestarted) {
        hasRestarted = true;
        position.after = 0;
        return { item: [{ type: 'restarted' }], pauseMs: 0 };
      }
      const retryAfterMs = (loss.retryAfter ?? 0) * 1000;
      const isOver = failures - offline >= timings.attempts || retryAfterMs > timings.retryAfterMaxMs;
      if (isOver || !isRetryable(loss)) throw loss;
      return {
        item: [{ type: 'lost', retryAfter: loss.retryAfter }],
        pauseMs: Math.max(retryAfterMs, backoff(failures)),
        isFirm: retryAfterMs > 0,
      };
    },
    signal,
  });
}

function isBeyondTheEnd({ code }: StreamError): boolean {
  return code === 'bad-request' || code === 'stream-ended';
}

function sendFor({ target, after }: Position, options: AIStreamOptions, signal: AbortSignal): Promise<Response> {
  const [path, init] =
    typeof target === 'string'
      ? [
          streamRoutes.streamById(target),
          { headers: { [headers.lastEventId]: formatEventId({ streamId: target, offset: after }) } },
        ]
      : [streamRoutes.stream, target];
  return request(path, options, { ...init, signal, headers: { Accept: 'text/event-stream', ...init.headers } });
}
