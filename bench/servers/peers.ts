// The rows of the table: the measured servers, how each is started, and its requests.
import { randomBytes } from 'node:crypto';
import { routes } from '@sillage/protocol';
import { type Postgres, type Redis, startServer } from '@sillage/testing';
import { request } from '../load/request.ts';
import { startChild } from '../testbed/child.ts';
import { messageOf, type Script } from '../upstream/script.ts';
import type { ServerVerbs } from './listening.ts';

/** A server that is ready to be measured. */
export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Returns a complete request for a reply. `sessionId` names a conversation, where the server stores them. */
  requestFor(script: Partial<Script>, sessionId?: string): string;
  /** Returns a complete request that reads an existing stream from its start; absent where a server has none. */
  readonly follow?: (streamId: string) => string;
  end(): Promise<void>;
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
  { name: 'pipe', title: 'byte pipe (the limit)', start: file('over-http', '/', { REPLY: 'pipe' }) },
  { name: 'rewrite', title: 'minimal rewrite', start: file('over-http', '/', { REPLY: 'rewrite' }) },
  { name: 'sdk-fetch', title: 'SDK over node:http, minimal rewrite', start: file('sdk-fetch') },
  { name: 'naive', title: "the document's loop, nothing kept", start: file('naive', routes.stream) },
  { name: 'ai-sdk', title: 'AI SDK', start: file('ai-sdk') },
  {
    name: 'ai-sdk-redis',
    title: 'AI SDK + resumable-stream + Redis',
    start: aiSdkWithRedis,
    isDurable: true,
    note: 'it forgets a reply that has ended, so that nothing can be resumed then',
  },
  { name: 'sillage', title: 'Sillage, SQLite', start: sillage, isDurable: true },
  { name: 'sillage-redis', title: 'Sillage, PostgreSQL + Redis', start: sillageWithRedis, isDurable: true },
];

/** The row without a server: the load reads from the upstream itself. */
export const direct: Peer = { name: 'direct', title: 'the upstream, read directly', start: upstreamItself };

function file(name: string, path = '/', env: Record<string, string> = {}) {
  return async ({ upstreamUrl }: Environment): Promise<Subject> => {
    const variables = { NODE_ENV: 'production', UPSTREAM_URL: upstreamUrl, ...env };
    const server = await startChild<ServerVerbs>(`servers/${name}.ts`, variables);
    const requestFor = (script: Partial<Script>) => request('POST', path, { body: { message: messageOf(script) } });
    return { port: await server.listen(), pid: server.pid, requestFor, end: server.end };
  };
}

async function aiSdkWithRedis(environment: Environment): Promise<Subject> {
  const { url } = await environment.redis();
  const server = await file('ai-sdk', '/', { REDIS_URL: url })(environment);
  return { ...server, follow: (streamId) => request('GET', `/${streamId}`) };
}

async function sillageWithRedis(environment: Environment): Promise<Subject> {
  const [redis, postgres] = await Promise.all([environment.redis(), environment.postgres()]);
  return sillage(environment, { REDIS_URL: redis.url, DATABASE_URL: await postgres.createDatabase() });
}

async function sillage({ upstreamUrl }: Environment, env = {}): Promise<Subject> {
  const server = await startServer({
    env: {
      JWT_SECRET: randomBytes(32).toString('hex'),
      ai_api_url: upstreamUrl,
      ...unlimited,
      ...env,
    },
  });
  const headers = { Authorization: `Bearer ${await server.token('ada')}` };
  return {
    port: server.port,
    pid: server.pid,
    requestFor: (script, sessionId) =>
      request('POST', routes.stream, { headers, body: { message: messageOf(script), sessionId } }),
    follow: (streamId) => request('GET', routes.streamById(streamId), { headers }),
    end: () => server[Symbol.asyncDispose](),
  };
}

async function upstreamItself({ upstreamUrl }: Environment): Promise<Subject> {
  const { port, pathname } = new URL(upstreamUrl);
  const requestFor = (script: Partial<Script>) =>
    request('POST', `${pathname}/chat/completions`, { body: { content: messageOf(script) } });
  return { port: Number(port), pid: process.pid, requestFor, end: async () => {} };
}
