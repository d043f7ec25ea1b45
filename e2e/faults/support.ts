// The stage of every fault: the built server with a provider behind it, and readers that lose their connections.
import { type AIStream, type AIStreamOptions, createAIStream } from '@sillage/client';
import {
  type ChatRequest,
  type Frame,
  formatEventId,
  headers as names,
  parseEventId,
  routes,
  type SessionAnswer,
  type StopAnswer,
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
import { openStore, type Place, type StageStore } from './stage-store.ts';

/** Is a running server, the provider that it asks, and a person who is signed in. */
export interface Stage {
  readonly server: ServerProcess;
  readonly provider: Provider;
  readonly store: StageStore;
  readonly token: string;
  readonly headers: { readonly authorization: string };
  /** Starts a stream without reading it; a refusal throws. */
  start(request: ChatRequest, key?: string): Promise<StreamId>;
  /** Sends the same, and gives back the answer whatever it is. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(streamId: StreamId): Promise<StopAnswer>;
  session(sessionId: string): Promise<SessionAnswer>;
  /** Reads a stream from its start to its end. */
  read(streamId: StreamId): Promise<PlainReader>;
  ticket(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts both, with the streams in `place`; limits that are not the test's subject are out of the way. */
export async function openStage({
  env = {},
  place,
}: {
  env?: Record<string, string>;
  place?: Place;
} = {}): Promise<Stage> {
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
  const post: Stage['post'] = (path, body, more) =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const stage: Stage = {
    server,
    provider,
    store,
    token,
    headers,
    post,
    start: async (request, key) => {
      const answer = await good(
        post(routes.streams, request, key === undefined ? {} : { [names.idempotencyKey]: key }),
      );
      return answer.streamId;
    },
    stop: (streamId) => good(post(routes.stop(streamId))),
    session: (sessionId) => good(fetch(server.url + routes.session(sessionId), { headers })),
    read: async (streamId) => {
      const reader = new PlainReader({ headers, streamId });
      await reader.readToEnd(server.url);
      return reader;
    },
    ticket: async () => (await good(post(routes.ticket))).ticket,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await Promise.all([provider.stop(), store[Symbol.asyncDispose]()]);
    },
  };
  return stage;
}

async function good(asked: Promise<Response>) {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Starts streams until one is refused, and gives back that answer. */
export async function firstRefusal(stage: Stage): Promise<Response> {
  for (;;) {
    const answer = await stage.post(routes.streams, { message: 'More' });
    if (answer.status !== 201) return answer;
    await answer.text();
  }
}

/** Says what a plain reader reads: a stream, or the one that a request and its key make. */
export interface PlainReading {
  readonly headers: Readonly<Record<string, string>>;
  readonly streamId?: StreamId;
  readonly start?: { readonly request: ChatRequest; readonly key: string };
}

/** Reads as docs/protocol.md says: behind the last full event, by `Last-Event-ID`. Any gap and any repeat throws. */
export class PlainReader {
  text = '';
  after = 0;
  /** Holds the end frame once it was seen. */
  end: Frame | undefined;
  /** The answer `204` was given: there is nothing behind what was seen. */
  wasOver = false;
  streamId: StreamId | undefined;
  connections = 0;
  onText: () => void = () => {};
  readonly #reading: PlainReading;

  constructor(reading: PlainReading) {
    this.#reading = reading;
    this.streamId = reading.streamId;
  }

  /** Connects again and again until the end; a refusal throws. */
  async readToEnd(origin: string): Promise<void> {
    while (this.end === undefined && !this.wasOver) await this.readOnce(origin);
  }

  /** Reads one connection until it is lost, or the end. */
  async readOnce(origin: string, signal?: AbortSignal): Promise<void> {
    this.connections += 1;
    try {
      const { status, headers, messages, text } = await this.#open(origin, signal);
      this.wasOver = status === 204;
      if (status !== 200 && status !== 204) throw new Refused(`${status}: ${await text()}`);
      this.streamId ??= headers[names.streamId.toLowerCase()] as StreamId | undefined;
      for await (const message of messages) this.#take(message);
    } catch (error) {
      if (!isLoss(error, signal)) throw error;
    }
  }

  #open(origin: string, signal: AbortSignal | undefined) {
    const { streamId, after } = this;
    const { headers, start } = this.#reading;
    const abort = signal && { signal };
    if (streamId !== undefined) {
      const behind = { [names.lastEventId]: formatEventId({ streamId, offset: after }) };
      return openSse(origin + routes.streamById(streamId), { headers: { ...headers, ...behind }, ...abort });
    }
    if (start === undefined) throw new Error('Nothing to read');
    const keyed = { ...headers, [names.idempotencyKey]: start.key };
    return openSse(origin + routes.stream, { headers: keyed, body: start.request, ...abort });
  }

  #take({ id, data }: SseMessage): void {
    if (data === undefined) return; // a comment
    const frame = data as Frame;
    const offset = parseEventId(id ?? '')?.offset ?? Number.NaN;
    const length = frame.done ? 1 : (frame.content ?? frame.reasoning ?? '').length;
    if (this.end !== undefined) throw new Error(`An event behind the end: ${id}`);
    if (offset - length !== this.after) throw new Error(`Not behind ${this.after}: ${id} with ${length} units`);
    this.after = offset;
    if (frame.done) this.end = frame;
    else this.text += frame.content ?? '';
    this.onText();
  }
}

class Refused extends Error {}

function isLoss(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted) return true;
  const { code } = error as { code?: string };
  return code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE';
}

/** Makes the product's own client, in a hurry; a connection serves one request, so that a proxy can tell them apart. */
export function hastyClient(origin: string, { token }: Stage, options: AIStreamOptions = {}): AIStream {
  const timings = { backoffMs: 2, backoffMaxMs: 4, attempts: 100_000, ...options.timings };
  return createAIStream({ baseUrl: origin, getToken: () => token, fetch: closing, ...options, timings });
}

const closing: typeof fetch = (input, init) =>
  fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), connection: 'close' } });

/** Expects two texts to be the same, without printing a megabyte when they are not. */
export function expectSameText(text: string, expected: string, note = ''): void {
  if (text === expected) return;
  let at = 0;
  while (at < text.length && text[at] === expected[at]) at++;
  const around = (one: string) => ({ length: one.length, at, around: JSON.stringify(one.slice(at, at + 40)) });
  expect(around(text), note).toEqual(around(expected));
}

/** Makes numbers in [0, 1) that a seed repeats. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes `count` deltas of which many end in the midst of something: CRLF, combining marks, joined emoji, quotes. */
export function awkwardDeltas(random: () => number, count: number): string[] {
  const bits = [
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
    return Array.from({ length }, () => bits[Math.floor(random() * bits.length)]).join('');
  });
}

/** Lets the event loop turn `count` times: time passes, but no clock is asked. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}
