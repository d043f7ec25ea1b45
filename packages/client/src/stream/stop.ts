// Stops a generation: sends the request until the server has answered, whatever happens to the connection that reads.
import { type StartResponse, type StreamId, streamRoutes } from '@sillage/protocol';
import { pause } from '../transport/connectivity.ts';
import { isRetryable, request, streamErrorOf } from '../transport/request.ts';
import { type ClientContext, initOfStart } from './read-stream.ts';
import type { SentStart } from './start-request.ts';

/** Stops a stream; resolves once the server has confirmed it.
 *  @throws {StreamError} when the server rejects it, or cannot be reached. */
export async function stopStream(streamId: StreamId, context: ClientContext): Promise<void> {
  await postWithRetry(streamRoutes.stop(streamId), { keepalive: true }, context);
}

/** Finds out which stream a start creates, without reading it: a stop needs the id.
 *  @throws {StreamError} `network` when no server could be reached; any other code means that there is no stream. */
export async function streamIdOf(start: SentStart, context: ClientContext): Promise<StreamId> {
  const response = await postWithRetry(streamRoutes.streams, initOfStart(start), context);
  const { streamId }: StartResponse = await response.json();
  return streamId;
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
