// Starts the complete server for a test, in this process, on a free port, with its own data folder, secret and
// provider.

import type { Type } from '@nestjs/common';
import { routes, type SessionResponse } from '@sillage/protocol';
import {
  collect,
  openSse,
  type Provider,
  type ProviderScript,
  providerChunk,
  removeFolder,
  type SseMessage,
  type SseResponse,
  signToken,
  startProvider,
  tempFolder,
} from '@sillage/testing';
import { expect } from 'vitest';
import { createApp } from '../../app.ts';
import { readConfig } from '../../config/config.ts';
import { DATABASE } from '../../database/database.ts';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import type { Timings } from '../../timings.ts';
import { Purger } from '../erasing/purger.ts';
import { describedMessages, describedResponse } from './described.testing.ts';

/** The secret that signs the users' tokens. */
export const jwtSecret = 'a-secret-of-the-tests-and-of-nothing-else';

/** The key that the server sends to the provider; it must appear nowhere else. */
export const providerKey = 'sk-secret-key-of-the-provider';

/** Matches a usage that the server has counted itself. */
export const estimated = {
  promptTokens: expect.any(Number),
  completionTokens: expect.any(Number),
  estimated: true,
};

/** Options of the server: `settings` as in the environment, `timings` in place of the defaults. */
export interface AppOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly timings?: Partial<Timings>;
  /** A given folder is not removed, so that another server can use it afterwards. */
  readonly dataDir?: string;
}

/** Options of a request; `user: null` sends no token. */
export interface RequestOptions {
  readonly user?: string | null;
  readonly claims?: Record<string, unknown>;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A response that was read to its end. */
interface TestResponse {
  readonly status: number;
  readonly headers: SseResponse['headers'];
  readonly text: string;
  /** The parsed JSON of `text`; `undefined` if it is not JSON. */
  readonly body: unknown;
}

/** A running server and its client. */
export interface TestApp {
  readonly url: string;
  readonly provider: Provider;
  token(sub?: string, claims?: Record<string, unknown>): Promise<string>;
  /** Sends a request, and resolves once the headers have arrived. */
  open(path: string, options?: RequestOptions): Promise<SseResponse>;
  /** Sends a request, and resolves with the whole response. */
  send(path: string, options?: RequestOptions): Promise<TestResponse>;
  /** Starts a stream without reading it, and resolves with its id. */
  start(body: Record<string, unknown>, options?: RequestOptions): Promise<string>;
  /** Reads a stream to the end of the connection. */
  read(streamId: string, options?: RequestOptions): Promise<SseMessage[]>;
  session(sessionId: string, options?: RequestOptions): Promise<SessionResponse>;
  /** Resolves with the number of purge steps so far, once all erased rows are purged. */
  purged(): Promise<number>;
  /** Returns the number of commits of the database so far. */
  commits(): number;
  /** Returns a provider of the application. */
  provided<Provider>(token: Type<Provider> | symbol): Provider;
  /** Issues a ticket. */
  ticket(options?: RequestOptions): Promise<string>;
  /** Shuts down the server, then the provider. A repeated call has no effect. */
  close(): Promise<void>;
}

/** Starts the server; the provider replies "Hello world" unless the test sets another script. */
export async function startApp({ settings = {}, timings = {}, ...options }: AppOptions = {}): Promise<TestApp> {
  const provider = await startProvider();
  const dataDir = options.dataDir ?? tempFolder('sillage-app-');
  const config = readConfig({
    ai_api_url: provider.url,
    ai_api_key: providerKey,
    starts_per_minute: '10000',
    requests_per_minute: '100000',
    anonymous_requests_per_minute: '100000',
    max_connections_per_user: '10000',
    max_tickets_per_user: '10000',
    ai_titles: 'false', // the provider gets no other requests than those of the test
    jwt_secret: jwtSecret,
    log_level: 'warn',
    data_dir: dataDir,
    ...settings,
  });
  const app = await createApp({ ...config, timings: { ...config.timings, shutdownGraceMs: 0, ...timings } });
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const token = (sub = 'ada', claims = {}) => signToken({ secret: jwtSecret, sub, claims });

  const open: TestApp['open'] = async (path, { user = 'ada', claims, headers, ...request } = {}) => {
    const response = await openSse(`${url}${path}`, {
      ...request,
      headers: {
        ...(user !== null && { authorization: `Bearer ${await token(user, claims)}` }),
        ...(request.method === 'GET' && request.body !== undefined && lengthOf(request.body)),
        ...headers,
      },
    });
    return { ...response, messages: describedMessages(response.messages, checkOf(path, request, response)) };
  };
  const send: TestApp['send'] = async (path, options = {}) => {
    const response = await open(path, options);
    const text = await response.text();
    const body = parsed(text);
    if (body !== undefined) checkOf(path, options, response)(body);
    return { status: response.status, headers: response.headers, text, body };
  };
  const close = async () => {
    await app.close();
    await provider.stop();
    if (options.dataDir === undefined) removeFolder(dataDir);
  };
  let closing: Promise<void> | undefined;
  return {
    url,
    provider,
    token,
    open,
    send,
    start: async (body, options) => {
      const answer = await send(routes.streams, { ...options, body });
      if (answer.status !== 201) throw new Error(`Not started: ${answer.status} ${answer.text}`);
      return (answer.body as { streamId: string }).streamId;
    },
    read: async (streamId, options) => collect((await open(routes.streamById(streamId), options)).messages),
    session: async (sessionId, options) => (await send(routes.session(sessionId), options)).body as SessionResponse,
    purged: async () => {
      const purger = app.get(Purger, { strict: false });
      await purger.idle();
      return purger.steps;
    },
    commits: () => app.get<SqliteDatabase>(DATABASE, { strict: false }).groupCommit.commits,
    provided: (token) => app.get(token, { strict: false }),
    ticket: async (options) => {
      const { body } = await send(routes.ticket, { ...options, method: 'POST' });
      return (body as { ticket: string }).ticket;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Creates a script that sends `first`, then waits for `open` and sends the rest. */
export function gatedReply(first: readonly string[], rest: readonly string[]) {
  const gate = Promise.withResolvers<void>();
  const script: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const content of first) response.write(providerChunk({ content }));
    await gate.promise;
    for (const content of rest) response.write(providerChunk({ content }));
    response.write(providerChunk({}, 'stop'));
    response.end('data: [DONE]\n\n');
  };
  return { script, open: () => gate.resolve(), opened: gate.promise };
}

/** Returns the joined content of frames. */
export function contentOf(messages: readonly SseMessage[]): string {
  return messages.map(({ data }) => (data as { content?: string } | undefined)?.content ?? '').join('');
}

/** Returns the last frame. */
export function endOf(messages: readonly SseMessage[]): Record<string, unknown> {
  return (messages.findLast(({ data }) => data !== undefined)?.data ?? {}) as Record<string, unknown>;
}

/** Reads until `text` has arrived, and returns all messages so far; the connection stays open. */
export async function readUntil({ messages }: SseResponse, text: string): Promise<SseMessage[]> {
  const read: SseMessage[] = [];
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error(`Ended before ${text}`);
    read.push(value);
    if (contentOf(read).includes(text)) return read;
  }
}

/** Returns the check of a response against the OpenAPI document. */
function checkOf(path: string, { method, body }: RequestOptions, { status, headers }: SseResponse) {
  const sent = method ?? (body === undefined ? 'GET' : 'POST');
  return describedResponse({ method: sent, path, status, contentType: headers['content-type'] });
}

/** Returns the header that node:http does not set by itself for a `GET` with a body. */
function lengthOf(body: unknown): Record<string, string> {
  return { 'content-length': `${Buffer.byteLength(JSON.stringify(body))}` };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
