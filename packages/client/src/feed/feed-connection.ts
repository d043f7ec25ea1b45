// Follows the feed through any number of lost connections. Never gives up: a server that refuses it is tried again, rarely.
import {
  type FeedEvent,
  type FeedResync,
  feedEventTypes,
  headers,
  routes,
  type StreamError,
  type StreamErrorCode,
} from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { clientContextOf } from '../transport/client-context.ts';
import { isOffline } from '../transport/connectivity.ts';
import { reconnect } from '../transport/reconnect.ts';
import { request } from '../transport/request.ts';
import { openSse } from '../transport/sse-connection.ts';
import type { SseBlock } from '../transport/sse-lines.ts';

/** A change, or `resync`: changes may have been missed, so what is displayed must be loaded again. */
export type FeedChange = FeedEvent | FeedResync;

/** `offline`: the browser has no network, or the server could not be reached for long. The client keeps trying. */
export type FeedConnectionStatus = 'connecting' | 'live' | 'reconnecting' | 'offline';

/** The state of the feed after one network read or one loss. */
export interface FeedUpdate {
  /** The id to resume behind. */
  readonly id: string | undefined;
  readonly connection: FeedConnectionStatus;
  /** Why the server refuses the connection. */
  readonly error?: string;
  readonly code?: StreamErrorCode;
  readonly changes: readonly FeedChange[];
}

/** Yields an update for each network read and each loss, until `signal` aborts. Never throws.
 *  @param after the id of the last event that was seen; without it, the feed begins now. */
export function followFeed(
  options: AIStreamOptions,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<FeedUpdate> {
  const context = clientContextOf(() => options);
  const { timings, backoff } = context;
  let id = after;
  return reconnect<FeedUpdate>({
    async *connect(progress) {
      const isResumed = id !== undefined;
      const connection = await openSse({
        send: (connection) => sendFor(options, id, connection),
        context,
        signal,
      });
      try {
        progress();
        // What changed before the connection was open is unknown here, unless it was resumed.
        yield { id, connection: 'live', changes: isResumed ? [] : [{ type: 'resync' }] };
        for (;;) {
          const blocks = await connection.read();
          if (!blocks) return false;
          if (blocks.length === 0) continue;
          id = blocks.findLast((block) => block.id)?.id ?? id;
          progress();
          yield { id, connection: 'live', changes: blocks.flatMap((block) => changeOf(block) ?? []) };
        }
      } finally {
        connection.close();
      }
    },
    onLoss(loss, { failures }) {
      if (loss.code === 'bad-request') id = undefined; // an id of another server
      const retryAfterMs = (loss.retryAfter ?? 0) * 1000;
      const pauseMs = isClientError(loss) ? timings.backoffMaxMs : backoff(failures);
      const isGone = isOffline() || isClientError(loss) || failures >= timings.attempts;
      return {
        item: {
          id,
          connection: isGone ? 'offline' : 'reconnecting',
          ...(isClientError(loss) && { error: loss.message, code: loss.code }),
          changes: [],
        },
        pauseMs: Math.max(retryAfterMs, pauseMs),
        isFirm: retryAfterMs > 0,
      };
    },
    signal,
  });
}

function sendFor(options: AIStreamOptions, after: string | undefined, signal: AbortSignal): Promise<Response> {
  return request(routes.feed, options, {
    signal,
    headers: { Accept: 'text/event-stream', ...(after !== undefined && { [headers.lastEventId]: after }) },
  });
}

function isClientError({ code }: StreamError): boolean {
  return code === 'unauthorized' || code === 'forbidden' || code === 'not-found';
}

/** Parses the change of a block; `undefined` for one of a newer server, of which only the id counts. */
function changeOf({ data }: SseBlock): FeedChange | undefined {
  if (data === '') return undefined;
  try {
    const event = JSON.parse(data);
    return event.type === 'resync' || feedEventTypes.includes(event.type) ? event : undefined;
  } catch {
    return { type: 'resync' }; // damaged on the way
  }
}
