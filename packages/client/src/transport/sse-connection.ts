// One SSE connection, from the request to its last byte, for streams and the feed alike. The end of the body looks the same
// whether the server finished or not; a connection that brings no byte for `silenceMs`, heartbeats included, is given up.
import { StreamError } from '@sillage/protocol';
import type { ClientContext } from './client-context.ts';
import { onReconnectable } from './connectivity.ts';
import { type SseBlock, sseReader } from './sse-lines.ts';
import { renewToken } from './token-renewal.ts';

/** Inputs for opening a connection. */
export interface SseConnectionOptions {
  /** Sends the request. */
  readonly send: (signal: AbortSignal) => Promise<Response>;
  readonly context: ClientContext;
  readonly signal: AbortSignal;
}

/** An open connection. The caller that opened it must close it. */
export interface SseConnection {
  readonly headers: Headers;
  /** Resolves with the blocks that the next network read completed, or `undefined` at the end of the body.
   *  @throws `tokenRenewed` once there is a fresh token. */
  read(): Promise<readonly SseBlock[] | undefined>;
  /** Ends the connection. With `isOver`, nothing but the end of the body should be left, and an aborted request would look
   *  like a failure: the rest is read in the background, however the signal aborts. */
  close(isOver?: boolean): void;
}

/** Opens a connection; resolves once the headers of the response are here. It is aborted with `signal`, and when nothing has
 *  arrived for `silenceMs`.
 *  @throws {StreamError} the error response, or `stream-ended` for a `204`; a lost connection throws anything. */
export async function openSse({ send, context, signal }: SseConnectionOptions): Promise<SseConnection> {
  const { options, timings } = context;
  const { now = Date.now } = options();
  const connection = new AbortController();
  let heardAt = now();
  // The clock is compared, not only a timer set: timers stand still while a laptop sleeps.
  const check = () => {
    const silentMs = now() - heardAt;
    if (silentMs < 0) heardAt = now(); // the clock was set back
    if (silentMs > timings.silenceMs) connection.abort();
  };
  const timer = setInterval(check, timings.tickMs);
  const abort = () => {
    clearInterval(timer);
    connection.abort(); // a reader that leaves early must not keep the socket
  };
  onReconnectable(check, connection.signal);
  signal.addEventListener('abort', abort, connection);
  if (signal.aborted) abort();
  try {
    const response = await send(connection.signal);
    const bytes = bodyOf(response).getReader();
    const decoder = new TextDecoder();
    const parse = sseReader();
    let isExpiring = false;
    const read = async () => {
      if (isExpiring) await renewToken(options());
      heardAt = now();
      const { done, value } = await bytes.read();
      if (done) return undefined;
      const blocks = parse(decoder.decode(value, { stream: true }));
      // A block without an id is a notice (docs/protocol.md §8).
      isExpiring = blocks.some(({ id, data }) => !id && data.includes('expiresAt'));
      return blocks;
    };
    const close = async (isOver = false) => {
      signal.removeEventListener('abort', abort);
      try {
        while (isOver && (await read()));
      } catch {} // lost: nothing was expected of it
      abort();
    };
    return { headers: response.headers, read, close };
  } catch (error) {
    abort();
    throw error;
  }
}

function bodyOf({ status, headers, body }: Response): ReadableStream<Uint8Array> {
  if (status === 204) throw new StreamError('stream-ended', 'The stream has ended.');
  if (body && headers.get('Content-Type')?.startsWith('text/event-stream')) return body;
  throw new StreamError('bad-response', 'No event stream. Check the address, or use expo/fetch.');
}
