// One SSE connection, from the request to its last byte, for streams and the feed alike. It ends by returning, whether the
// server finished or not; a connection that brings no byte for `silenceMs`, heartbeats included, is given up.
import { StreamError } from '@sillage/protocol';
import type { ClientTimings } from '../timings.ts';
import { onReconnectable } from './connectivity.ts';
import { type SseBlock, sseReader } from './sse-lines.ts';

/** Inputs for opening a connection. */
export interface SseConnectionOptions extends Pick<ClientTimings, 'silenceMs' | 'tickMs'> {
  /** Sends the request. */
  readonly send: (signal: AbortSignal) => Promise<Response>;
  /** Asks for a fresh token when the server says that this one expires; throws if there is one. */
  readonly renew: () => Promise<void>;
  readonly signal: AbortSignal;
  /** The wall clock, in milliseconds: one that goes on while the machine sleeps. */
  readonly now: () => number;
}

/** An open connection. Whoever opens it closes or finishes it. */
export interface SseConnection {
  readonly headers: Headers;
  /** Yields the blocks that each network read completed.
   *  @throws `tokenRenewed` once there is a fresh token. */
  blocks(): AsyncGenerator<readonly SseBlock[]>;
  close(): void;
  /** Reads the rest in the background, however the signal aborts: nothing but the end of the body should be left, and an
   *  aborted request would look like a failure. */
  finish(): Promise<void>;
}

/** Opens a connection; resolves once the headers of the response are here.
 *  @throws {StreamError} the error response, or `stream-ended` for a `204`; a lost connection throws anything. */
export async function openSse({ send, renew, ...options }: SseConnectionOptions): Promise<SseConnection> {
  const { signal, heard, close } = watchSilence(options);
  try {
    const response = await send(signal);
    const bytes = bodyOf(response).getReader();
    const finish = async () => {
      options.signal.removeEventListener('abort', close);
      try {
        while (!(await bytes.read()).done);
      } catch {} // lost: nothing was expected of it
      close();
    };
    return { headers: response.headers, blocks: () => blocksOf(bytes, heard, renew), close, finish };
  } catch (error) {
    close();
    throw error;
  }
}

type Bytes = ReadableStreamDefaultReader<Uint8Array>;

async function* blocksOf(
  bytes: Bytes,
  heard: () => void,
  renew: SseConnectionOptions['renew'],
): AsyncGenerator<readonly SseBlock[]> {
  const decoder = new TextDecoder();
  for (const read = sseReader(); ; ) {
    heard();
    const { done, value } = await bytes.read();
    if (done) return;
    const blocks = read(decoder.decode(value, { stream: true }));
    if (blocks.length > 0) yield blocks;
    // A block without an id is a notice (docs/protocol.md §8).
    if (blocks.some((block) => !block.id && block.data.includes('expiresAt'))) await renew();
  }
}

/** Aborts a connection with `signal`, or after too long a silence. The clock is compared, not only a timer set: timers
 *  stand still while a laptop sleeps. */
function watchSilence({ signal, silenceMs, tickMs, now }: Omit<SseConnectionOptions, 'send' | 'renew'>) {
  const connection = new AbortController();
  let heardAt = now();
  const heard = () => {
    heardAt = now();
  };
  const check = () => {
    if (now() < heardAt) heard(); // the clock was set back
    if (now() - heardAt > silenceMs) connection.abort();
  };
  const timer = setInterval(check, tickMs);
  const close = () => {
    clearInterval(timer);
    connection.abort(); // a reader that leaves early must not keep the socket
  };
  onReconnectable(check, connection.signal);
  signal.addEventListener('abort', close, connection);
  if (signal.aborted) close();
  return { signal: connection.signal, heard, close };
}

function bodyOf({ status, headers, body }: Response): ReadableStream<Uint8Array> {
  if (status === 204) throw new StreamError('stream-ended', 'The stream has ended.');
  if (body && headers.get('Content-Type')?.startsWith('text/event-stream')) return body;
  throw new StreamError('bad-response', 'No event stream. Check the address, or use expo/fetch.');
}
