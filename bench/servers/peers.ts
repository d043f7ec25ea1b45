// The rows of the table: the measured servers, how each is started, and its requests.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { routes } from '@sillage/protocol';
import { connectPostgres, type Postgres, type Redis, startServer } from '@sillage/testing';
import { defineOwnedWords } from '../../backend/src/database/sqlite/owned-words.ts';
import { messageOf, type Script } from '../upstream/script.ts';

/** A server that is ready to be measured. */
export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Returns a complete request for a reply. `sessionId` names a conversation, where the server stores them. */
  requestFor(script: Partial<Script>, sessionId?: string): string;
  /** Returns a complete request that reads an existing stream from its start; absent where a server has none. */
  readonly follow?: (streamId: string) => string;
  /** The stored conversations of the user `ada`; absent where a server stores none. */
  readonly stored?: Stored;
  end(): Promise<void>;
}

/** The database of a server, and the requests that read it. */
interface Stored {
  execute(sql: string): unknown;
  /** Returns a complete request for a path. */
  get(path: string): string;
}

/** The parts that a server is started with. */
export interface Environment {
  readonly upstreamUrl: string;
  readonly redis: () => Promise<Redis>;
  readonly postgres: () => Promise<Postgres>;
}

/** Settings of every measured Sillage: no limit of a user stands in the way. */
export const unlimited = {
  ai_api_key: 'none',
  max_streams_per_user: '1000000',
  starts_per_minute: '1000000000',
  requests_per_minute: '1000000000',
  max_connections_per_user: '1000000',
  NODE_ENV: 'production',
};

/** One row. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly start: (environment: Environment) => Promise<Subject>;
  /** Whether it stores streams, so that they can be read again. */
  readonly isDurable?: boolean;
  /** The reason for gaps in its row. */
  readonly note?: string;
}

/** Every row, the limit first. */
export const peers: readonly Peer[] = [
  { name: 'pipe', title: 'byte pipe (the limit)', start: file('over-http', { env: { REPLY: 'pipe' } }) },
  { name: 'rewrite', title: 'minimal rewrite', start: file('over-http', { env: { REPLY: 'rewrite' } }) },
  { name: 'sdk-fetch', title: 'SDK over node:http, minimal rewrite', start: file('sdk-fetch') },
  { name: 'naive', title: "the document's loop, nothing kept", start: file('naive', { path: routes.stream }) },
  { name: 'ai-sdk', title: 'AI SDK', start: file('ai-sdk') },
  {
    name: 'ai-sdk-redis',
    title: 'AI SDK + resumable-stream + Redis',
    start: aiSdkWithRedis,
    isDurable: true,
    note: 'it forgets a reply that has ended, so that nothing can be resumed then',
  },
  { name: 'sillage', title: 'Sillage, SQLite', start: (environment) => sillage(environment), isDurable: true },
  { name: 'sillage-redis', title: 'Sillage, PostgreSQL + Redis', start: sillageWithRedis, isDurable: true },
];

/** The row without a server: the load reads from the upstream itself. */
export const direct: Peer = { name: 'direct', title: 'the upstream, read directly', start: upstreamItself };

/** Returns a complete request as bytes on the wire, for the load's raw sockets. The response ends with the connection. */
export function request(
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}

function file(name: string, { path = '/', env = {} }: { path?: string; env?: Record<string, string> } = {}) {
  return async ({ upstreamUrl }: Environment): Promise<Subject> => {
    const variables = { ...process.env, NODE_ENV: 'production', UPSTREAM_URL: upstreamUrl, ...env };
    const child = fork(new URL(`${name}.ts`, import.meta.url), { env: variables });
    const [port] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (child.exitCode !== null) throw new Error(`${name} exited with ${child.exitCode}`);
    return {
      port,
      pid: child.pid ?? 0,
      requestFor: (script) => request('POST', path, { body: { message: messageOf(script) } }),
      end: async () => {
        if (child.kill('SIGKILL')) await once(child, 'exit');
      },
    };
  };
}

async function aiSdkWithRedis(environment: Environment): Promise<Subject> {
  const { url } = await environment.redis();
  const server = await file('ai-sdk', { env: { REDIS_URL: url } })(environment);
  return { ...server, follow: (streamId) => request('GET', `/${streamId}`) };
}

async function sillageWithRedis(environment: Environment): Promise<Subject> {
  const [redis, postgres] = await Promise.all([environment.redis(), environment.postgres()]);
  const DATABASE_URL = await postgres.createDatabase();
  const { rows, close } = connectPostgres(DATABASE_URL);
  const execute = (sql: string) => rows(`${sql}; analyze`); // autovacuum would, within a minute
  return sillage(environment, { env: { REDIS_URL: redis.url, DATABASE_URL }, connect: () => ({ execute, close }) });
}

/** Opens the database of a server that stores its rows in `dataDir`. */
function connectSqlite(dataDir: string) {
  const database = new DatabaseSync(join(dataDir, 'sillage.db'), { timeout: 10_000 });
  defineOwnedWords(database); // triggers of the search index call it
  return { execute: (sql: string) => database.exec(sql), close: () => database.close() };
}

async function sillage({ upstreamUrl }: Environment, { env = {}, connect = connectSqlite } = {}): Promise<Subject> {
  const server = await startServer({ env: { ai_api_url: upstreamUrl, ...unlimited, ...env } });
  const token = await server.token('ada');
  const database = connect(server.dataDir);
  return {
    port: server.port,
    pid: server.pid,
    requestFor: (script, sessionId) =>
      request('POST', routes.stream, { token, body: { message: messageOf(script), sessionId } }),
    follow: (streamId) => request('GET', routes.streamById(streamId), { token }),
    stored: { execute: database.execute, get: (path) => request('GET', path, { token }) },
    end: async () => {
      await database.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function upstreamItself({ upstreamUrl }: Environment): Promise<Subject> {
  const { port, pathname } = new URL(upstreamUrl);
  const requestFor = (script: Partial<Script>) =>
    request('POST', `${pathname}/chat/completions`, { body: { content: messageOf(script) } });
  return { port: Number(port), pid: process.pid, requestFor, end: async () => {} };
}
