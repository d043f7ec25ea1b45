// The whole server for a test: in this process, on a free port, with a folder, a secret and a model provider of its own.
import { routes, type SessionAnswer } from '@sillage/protocol';
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
import { createApp } from '../../app.ts';
import { readConfig } from '../../config/config.ts';
import { DATABASE } from '../../database/database.ts';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import type { Timings } from '../../timings.ts';
import { Purger } from '../generation/purger.ts';

const secret = 'a-secret-of-the-tests-and-of-nothing-else';

/** Is the key that the server shows to the provider; it must appear nowhere else. */
export const providerKey = 'sk-secret-key-of-the-provider';

/** Says how to start: `settings` as in the environment, `timings` over the defaults. */
export interface AppOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly timings?: Partial<Timings>;
  /** One of your own is not removed, so that another server may take it over. */
  readonly dataDir?: string;
}

/** Says who asks and what; `user: null` sends no token. */
export interface Asked {
  readonly user?: string | null;
  readonly claims?: Record<string, unknown>;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Is an answer that was read to its end. */
interface Answer {
  readonly status: number;
  readonly headers: SseResponse['headers'];
  readonly text: string;
  /** The JSON of `text`; `undefined` where it is none. */
  readonly body: unknown;
}

/** Is a running server, and what a test asks it with. */
export interface TestApp {
  readonly url: string;
  readonly provider: Provider;
  token(sub?: string, claims?: Record<string, unknown>): Promise<string>;
  /** Asks, and resolves with the headers. */
  open(path: string, asked?: Asked): Promise<SseResponse>;
  /** Asks, and resolves with the whole answer. */
  ask(path: string, asked?: Asked): Promise<Answer>;
  /** Starts a stream that nobody reads yet, and resolves with its id. */
  start(body: Record<string, unknown>, asked?: Asked): Promise<string>;
  /** Reads a stream to the end of the connection. */
  read(streamId: string, asked?: Asked): Promise<SseMessage[]>;
  session(sessionId: string, asked?: Asked): Promise<SessionAnswer>;
  /** Resolves once nothing that was erased is left to purge; returns the steps it took so far. */
  purged(): Promise<number>;
  /** Counts the commits of the database so far. */
  commits(): number;
  /** Issues a ticket. */
  ticket(asked?: Asked): Promise<string>;
  /** Closes the server, as the end of its process does, then the provider; once, however often it is called. */
  close(): Promise<void>;
}

/** Starts the server; the provider answers "Hello world" until told otherwise. */
export async function startApp({ settings = {}, timings = {}, ...options }: AppOptions = {}): Promise<TestApp> {
  const provider = await startProvider();
  const dataDir = options.dataDir ?? tempFolder('sillage-app-');
  const config = readConfig({
    ai_api_url: provider.url,
    ai_api_key: providerKey,
    starts_per_minute: '10000',
    requests_per_minute: '100000',
    max_connections_per_user: '10000',
    max_tickets_per_user: '10000',
    ai_titles: 'false', // the provider sees what a test asks, and nothing else
    jwt_secret: secret,
    data_dir: dataDir,
    ...settings,
  });
  const app = await createApp({ ...config, timings: { ...config.timings, shutdownGraceMs: 0, ...timings } });
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const token = (sub = 'ada', claims = {}) => signToken({ secret, sub, claims });

  const open: TestApp['open'] = async (path, { user = 'ada', claims, headers, ...asked } = {}) =>
    openSse(`${url}${path}`, {
      ...asked,
      headers: {
        ...(user !== null && { authorization: `Bearer ${await token(user, claims)}` }),
        ...(asked.method === 'GET' && asked.body !== undefined && lengthOf(asked.body)),
        ...headers,
      },
    });
  const ask: TestApp['ask'] = async (path, asked) => {
    const response = await open(path, asked);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
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
    ask,
    start: async (body, asked) => {
      const answer = await ask(routes.streams, { ...asked, body });
      if (answer.status !== 201) throw new Error(`Not started: ${answer.status} ${answer.text}`);
      return (answer.body as { streamId: string }).streamId;
    },
    read: async (streamId, asked) => collect((await open(routes.streamById(streamId), asked)).messages),
    session: async (sessionId, asked) => (await ask(routes.session(sessionId), asked)).body as SessionAnswer,
    purged: async () => {
      const purger = app.get(Purger, { strict: false });
      await purger.idle();
      return purger.steps;
    },
    commits: () => app.get<SqliteDatabase>(DATABASE, { strict: false }).groupCommit.commits,
    ticket: async (asked) => {
      const { body } = await ask(routes.ticket, { ...asked, method: 'POST' });
      return (body as { ticket: string }).ticket;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Answers with `first`, then waits for `open` to say the rest. */
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

/** Joins the content of frames. */
export function contentOf(messages: readonly SseMessage[]): string {
  return messages.map(({ data }) => (data as { content?: string } | undefined)?.content ?? '').join('');
}

/** Returns the last frame. */
export function endOf(messages: readonly SseMessage[]): Record<string, unknown> {
  return (messages.findLast(({ data }) => data !== undefined)?.data ?? {}) as Record<string, unknown>;
}

/** Reads until `text` has come, and returns all that came; the connection stays open. */
export async function readUntil({ messages }: SseResponse, text: string): Promise<SseMessage[]> {
  const read: SseMessage[] = [];
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error(`Ended before ${text}`);
    read.push(value);
    if (contentOf(read).includes(text)) return read;
  }
}

/** node:http sends the length of a body by itself, but not with `GET`. */
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
