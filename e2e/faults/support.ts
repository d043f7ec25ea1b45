// The fixture of the fault tests: the built server, an HTTP provider, a store, and readers that lose their connections.
import { type AIStream, type AIStreamOptions, createAIStream } from '@sillage/client';
import {
  type ChatRequest,
  type Frame,
  formatEventId,
  headers as names,
  parseEventId,
  routes,
  type SessionResponse,
  type StopResponse,
  type StreamId,
} from '@sillage/protocol';
import {
  openSse,
  type Provider,
  type ServerProcess,
  type SseMessage,
  startProvider,
  startServer,
} from '@sillage/testing';
import { expect } from 'vitest';
import { type FixtureStore, openStore, type Place } from './fixture-store.ts';

/** A running server, its provider and its store, with the token of a signed-in user. */
export interface Fixture {
  readonly server: ServerProcess;
  readonly provider: Provider;
  readonly store: FixtureStore;
  readonly token: string;
  readonly headers: { readonly authorization: string };
  /** Starts a stream without reading it; an error response throws. */
  start(request: ChatRequest, key?: string): Promise<StreamId>;
  /** Sends a POST request and returns the response, whatever its status. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(streamId: StreamId): Promise<StopResponse>;
  session(sessionId: string): Promise<SessionResponse>;
  /** Reads a stream from its start to its end. */
  read(streamId: StreamId): Promise<PlainReader>;
  ticket(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the provider and the server, with the streams in `place`. Limits are raised so far that only tests of limits reach them. */
export async function openFixture({
  env = {},
  place,
}: {
  env?: Record<string, string>;
  place?: Place;
} = {}): Promise<Fixture> {
  const [provider, store] = await Promise.all([startProvider(), openStore(place)]);
  const limits = {
    starts_per_minute: '1000000',
    max_streams_per_user: '10000',
    requests_per_minute: '1000000',
    max_connections_per_user: '10000',
    max_tickets_per_user: '10000',
  };
  const settings = { ai_api_url: provider.url, ...limits, ...store.options.env, ...env };
  const server = await startServer({ ...store.options, env: settings });
  const token = await server.token();
  const headers = { authorization: `Bearer ${token}` };
  const post: Fixture['post'] = (path, body, more) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const fixture: Fixture = {
    server,
    provider,
    store,
    token,
    headers,
    post,
    start: async (request, key) => {
      const response = await jsonOf(
        post(routes.streams, request, key === undefined ? {} : { [names.idempotencyKey]: key }),
      );
      return response.streamId;
    },
    stop: (streamId) => jsonOf(post(routes.stop(streamId))),
    session: (sessionId) => jsonOf(fetch(server.url + routes.session(sessionId), { headers })),
    read: async (streamId) => {
      const reader = new PlainReader({ headers, streamId });
      await reader.readToEnd(server.url);
      return reader;
    },
    ticket: async () => (await jsonOf(post(routes.ticket))).ticket,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await Promise.all([provider.stop(), store[Symbol.asyncDispose]()]);
    },
  };
  return fixture;
}

async function jsonOf(request: Promise<Response>) {
  const response = await request;
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

/** Starts streams until the server rejects one, and returns that response. */
export async function firstRejectedStart(fixture: Fixture): Promise<Response> {
  for (;;) {
    const response = await fixture.post(routes.streams, { message: 'More' });
    if (response.status !== 201) return response;
    await response.text();
  }
}

/** What a plain reader reads: an existing stream, or the stream that `start` creates. */
export interface PlainReaderOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly streamId?: StreamId;
  readonly start?: { readonly request: ChatRequest; readonly key: string };
}

/** A minimal reader of the protocol: resumes after the last complete event by `Last-Event-ID`. Throws on a gap and on a repeat. */
export class PlainReader {
  text = '';
  after = 0;
  /** The end frame, once received. */
  end: Frame | undefined;
  /** Whether the server returned `204`: the stream has ended and nothing is left to read. */
  receivedNoContent = false;
  streamId: StreamId | undefined;
  connections = 0;
  /** Called after each text event. */
  onText: () => void = () => {};
  readonly #options: PlainReaderOptions;

  constructor(options: PlainReaderOptions) {
    this.#options = options;
    this.streamId = options.streamId;
  }

  /** Reconnects until the end is received; an error response throws. */
  async readToEnd(origin: string): Promise<void> {
    while (this.end === undefined && !this.receivedNoContent) await this.readOnce(origin);
  }

  /** Reads one connection until it is lost or the stream ends. */
  async readOnce(origin: string, signal?: AbortSignal): Promise<void> {
    this.connections += 1;
    try {
      const { status, headers, messages, text } = await this.#open(origin, signal);
      this.receivedNoContent = status === 204;
      if (status !== 200 && status !== 204) throw new RejectedRequest(`${status}: ${await text()}`);
      this.streamId ??= headers[names.streamId.toLowerCase()] as StreamId | undefined;
      for await (const message of messages) this.#receive(message);
    } catch (error) {
      if (!isConnectionLoss(error, signal)) throw error;
    }
  }

  #open(origin: string, signal: AbortSignal | undefined) {
    const { streamId, after } = this;
    const { headers, start } = this.#options;
    const abort = signal && { signal };
    if (streamId !== undefined) {
      const behind = { [names.lastEventId]: formatEventId({ streamId, offset: after }) };
      return openSse(origin + routes.streamById(streamId), { headers: { ...headers, ...behind }, ...abort });
    }
    if (start === undefined) throw new Error('Nothing to read');
    const keyed = { ...headers, [names.idempotencyKey]: start.key };
    return openSse(origin + routes.stream, { headers: keyed, body: start.request, ...abort });
  }

  #receive({ id, data }: SseMessage): void {
    if (data === undefined) return; // a comment
    const frame = data as Frame;
    const offset = parseEventId(id ?? '')?.offset ?? Number.NaN;
    const length = frame.done ? 1 : (frame.content ?? frame.reasoning ?? '').length;
    if (this.end !== undefined) throw new Error(`Received an event after the end: ${id}`);
    if (offset - length !== this.after)
      throw new Error(`Expected an event after offset ${this.after}, received ${id} with ${length} UTF-16 units`);
    this.after = offset;
    if (frame.done) this.end = frame;
    if (!frame.content) return; // the end, reasoning, or the opening block, which is empty
    this.text += frame.content;
    this.onText();
  }
}

class RejectedRequest extends Error {}

function isConnectionLoss(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted) return true;
  const { code } = error as { code?: string };
  return code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE';
}

/** Creates a real client with short retry delays. Each connection serves one request, so that a proxy can cut them one by one. */
export function createTestClient(origin: string, { token }: Fixture, options: AIStreamOptions = {}): AIStream {
  const timings = { backoffMs: 2, backoffMaxMs: 4, attempts: 100_000, ...options.timings };
  return createAIStream({ baseUrl: origin, getToken: () => token, fetch: closing, ...options, timings });
}

const closing: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), connection: 'close' } });

/** Expects two texts to be equal; on failure, prints only the text around the first difference. */
export function expectSameText(text: string, expected: string, note = ''): void {
  if (text === expected) return;
  let at = 0;
  while (at < text.length && text[at] === expected[at]) at++;
  const around = (one: string) => ({ length: one.length, at, around: JSON.stringify(one.slice(at, at + 40)) });
  expect(around(text), note).toEqual(around(expected));
}

/** A pseudo-random number generator in [0, 1); the same seed yields the same sequence. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Creates `count` deltas; many of them split a CRLF, a combining mark, a joined emoji or a quoted string. */
export function awkwardDeltas(random: () => number, count: number): string[] {
  const pieces = [
    '\r\n',
    '\n\n',
    'e\u0301',
    '👩\u200d👩\u200d👧',
    '𝄞',
    '\u2028',
    'data: x',
    '"\\',
    'word ',
    'é',
    '🇫🇷',
    '\ufeff',
  ];
  return Array.from({ length: count }, () => {
    const length = 1 + Math.floor(random() * 8);
    return Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join('');
  });
}

/** Waits for `count` iterations of the event loop: a short delay that depends on no clock. */
export async function waitLoopIterations(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
