// Stops a generation: sends the request until the server has answered, whatever happens to the connection that reads.
import { type StartResponse, type StreamId, streamRoutes } from '@sillage/protocol';
import type { ClientContext } from '../transport/client-context.ts';
import { pause } from '../transport/connectivity.ts';
import { isRetryable, request, streamErrorOf } from '../transport/request.ts';
import type { SentStart } from './start-request.ts';

/** Stops a stream, or the one that a start makes: sent again, the start returns its id. Resolves once the server has
 *  confirmed it; with `false` when it refuses the start, so that there is nothing to stop.
 *  @throws {StreamError} when the server rejects the stop, or cannot be reached. */
export async function stopStream(target: StreamId | SentStart, context: ClientContext): Promise<boolean> {
  const streamId = typeof target === 'string' ? target : await startedBy(target, context);
  if (streamId) await postWithRetry(streamRoutes.stop(streamId), { keepalive: true }, context);
  return !!streamId;
}

/** Returns the id of the stream that a start makes; `undefined` when the server refuses the start. */
async function startedBy(start: SentStart, context: ClientContext): Promise<StreamId | undefined> {
  try {
    const response = await postWithRetry(streamRoutes.streams, start, context);
    return ((await response.json()) as StartResponse).streamId;
  } catch (cause) {
    const error = streamErrorOf(cause);
    if (error.code === 'network') throw error;
    return undefined;
  }
}

async function postWithRetry(
  path: string,
  init: { keepalive?: boolean; body?: string; headers?: Record<string, string> },
  { options, timings, backoff }: ClientContext,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const signal = AbortSignal.timeout?.(timings.stopTimeoutMs) ?? null; // missing in React Native
      return await request(path, options(), { ...init, method: 'POST', signal });
    } catch (cause) {
      const error = streamErrorOf(cause);
      if (!isRetryable(error) || error.code === 'rate-limited' || attempt >= timings.stopAttempts) throw error;
    }
    await pause(backoff(attempt));
  }
}
