// Reads Server-Sent Events over node:http, so that a test sees the exact bytes and their timing without fetch.
import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';

/** One received message: an event (`data`, parsed) or a comment. */
export interface SseMessage {
  id?: string;
  event?: string;
  data?: unknown;
  comment?: string;
}

/** Request options. A `body` that is not a string is sent as JSON, and any body makes the method `POST`. */
export interface SseRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

/** A response whose headers have arrived. */
export interface SseResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** Yields messages as they arrive. Returns when the server ends the response, throws when the connection is lost.
   *  Leaving the loop or aborting the signal closes it without an error. */
  messages: AsyncGenerator<SseMessage, void, undefined>;
  /** Reads the rest as text, for responses that are not event streams. */
  text(): Promise<string>;
  /** Closes the connection, for callers that read neither. */
  close(): void;
}

/** Error for a response that is not an event stream. */
export class SseError extends Error {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;

  constructor({ status, headers, body }: { status: number; headers: IncomingHttpHeaders; body: string }) {
    super(`The server responded ${status}: ${body}`);
    this.name = 'SseError';
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Sends a request and resolves when the headers arrive, whatever the status. */
export async function openSse(url: string, options: SseRequest = {}): Promise<SseResponse> {
  const { body, signal } = options;
  const isJson = body !== undefined && typeof body !== 'string';
  const outgoing = request(url, {
    agent: false,
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { accept: 'text/event-stream', ...(isJson && { 'content-type': 'application/json' }), ...options.headers },
    ...(signal && { signal }),
  });
  outgoing.end(isJson ? JSON.stringify(body) : body);
  const [response]: IncomingMessage[] = await once(outgoing, 'response');
  if (response === undefined) throw new Error('The event `response` has no response');
  outgoing.on('error', () => {}); // the response reports a lost connection to its reader
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    messages: messagesOf(response, signal),
    text: async () => (await response.setEncoding('utf8').toArray()).join(''),
    close: () => void outgoing.destroy(),
  };
}

/** Yields the messages of a response; a `204` yields nothing.
 *  @throws {SseError} on any other status than 200. */
export async function* readSse(url: string, options: SseRequest = {}): AsyncGenerator<SseMessage, void, undefined> {
  const { status, headers, messages, text } = await openSse(url, options);
  if (status === 200) yield* messages;
  else if (status !== 204) throw new SseError({ status, headers, body: await text() });
}

/** Collects messages up to and including the first that `until` accepts, or all. With `lossIsEnd`, a lost connection
 *  ends the list instead of throwing. */
export async function collect(
  messages: AsyncIterable<SseMessage>,
  { until, lossIsEnd = false }: { until?: (message: SseMessage) => boolean; lossIsEnd?: boolean } = {},
): Promise<SseMessage[]> {
  const collected: SseMessage[] = [];
  try {
    for await (const message of messages) {
      collected.push(message);
      if (until?.(message)) break;
    }
  } catch (error) {
    if (!lossIsEnd || !isLoss(error)) throw error;
  }
  return collected;
}

async function* messagesOf(response: IncomingMessage, signal: AbortSignal | undefined): SseResponse['messages'] {
  const decoder = new TextDecoder();
  let arrived: SseMessage[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      arrived.push({ ...(id !== undefined && { id }), ...(event !== undefined && { event }), data: parsed(data) }),
    onComment: (comment) => arrived.push({ comment }),
  });
  try {
    for await (const bytes of response) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      yield* arrived;
      arrived = [];
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function isLoss(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE';
}
