// Reads one stream: which request opens a connection, with which token, clock and timings.
import { formatEventId, headers, type Offset, type StreamId, streamRoutes } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { type ClientTimings, defaultTimings } from '../timings.ts';
import { backoff } from '../transport/backoff.ts';
import { request } from '../transport/request.ts';
import { renewToken } from '../transport/token-renewal.ts';
import { follow, type ReadEvent } from './follow.ts';
import type { SentStart } from './start-request.ts';
import { connect } from './stream-connection.ts';

/** How to reach the server. The options are read at each use, because they may change meanwhile. */
export interface ClientContext {
  readonly options: () => AIStreamOptions;
  readonly timings: ClientTimings;
  /** The pause before an attempt, in milliseconds. */
  readonly backoff: (attempt: number) => number;
}

/** Fills in the defaults of the options. */
export function clientContextOf(options: () => AIStreamOptions): ClientContext {
  const timings = { ...defaultTimings, ...options().timings };
  return { options, timings, backoff: (attempt) => backoff(attempt, timings, options().random) };
}

/** Reads a stream that exists, or that a start makes, from its start to its end.
 *  @throws {StreamError} as `follow`. */
export function readStream(
  target: StreamId | SentStart,
  { options, timings, backoff, signal }: ClientContext & { signal: AbortSignal },
): AsyncGenerator<readonly ReadEvent[]> {
  return follow({
    target,
    open: (opened, after) =>
      connect({
        send: (connection) => sendFor(opened, after, options(), connection),
        renew: () => renewToken(options()),
        after,
        signal,
        now: options().now ?? Date.now,
        ...timings,
      }),
    backoff,
    signal,
    ...timings,
  });
}

/** The request that sends a start, to either of the routes that take one. */
export function initOfStart({ key, body }: SentStart) {
  const sent = { 'Content-Type': 'application/json', [headers.idempotencyKey]: key };
  return { method: 'POST', body, headers: sent };
}

function sendFor(target: StreamId | SentStart, after: Offset, options: AIStreamOptions, signal: AbortSignal) {
  const [path, init] =
    typeof target === 'string'
      ? [
          streamRoutes.streamById(target),
          { headers: { [headers.lastEventId]: formatEventId({ streamId: target, offset: after }) } },
        ]
      : [streamRoutes.stream, initOfStart(target)];
  return request(path, options, { ...init, signal, headers: { Accept: 'text/event-stream', ...init.headers } });
}
