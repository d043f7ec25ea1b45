// The rows of the table: which servers are measured, how each is started, and how it is asked.
import { randomBytes } from 'node:crypto';
import { routes } from '@sillage/protocol';
import { startServer } from '@sillage/testing';
import type { BenchPostgres } from './postgres.ts';
import type { BenchRedis } from './redis.ts';
import { request } from './request.ts';
import { messageOf, type Script } from './script.ts';
import { startFile } from './server-file.ts';

/** Is a server that is ready to be measured. */
export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Writes a whole request for a reply. `sessionId` names a conversation, where the server keeps any. */
  ask(script: Partial<Script>, sessionId?: string): string;
  /** Writes a whole request that reads an existing stream from its start; absent where a server cannot. */
  readonly follow?: (streamId: string) => string;
  end(): Promise<void>;
}

/** Is what a server is started with. */
export interface Surroundings {
  readonly upstreamUrl: string;
  readonly redis: () => Promise<BenchRedis>;
  readonly postgres: () => Promise<BenchPostgres>;
  /** Set: a Sillage server writes its CPU profile there when it ends. */
  readonly profileFolder?: string;
}

/** Is one row. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly start: (surroundings: Surroundings) => Promise<Subject>;
  /** Keeps what it streams, so that it can be read again. */
  readonly isDurable?: boolean;
  /** Says why there are gaps in its row. */
  readonly note?: string;
}

/** Every row, the limit first. */
export const peers: readonly Peer[] = [
  { name: 'pipe', title: 'byte pipe (the limit)', start: file('pipe') },
  { name: 'rewrite', title: 'minimal rewrite', start: file('rewrite') },
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

/** The row that others are measured against where none is named: the load asks the upstream itself. */
export const direct: Peer = { name: 'direct', title: 'the upstream, asked directly', start: upstreamItself };

function file(name: string, path = '/', env: Record<string, string> = {}) {
  return async ({ upstreamUrl }: Surroundings): Promise<Subject> => {
    const server = await startFile(`servers/${name}.ts`, { UPSTREAM_URL: upstreamUrl, ...env });
    return { ...server, ask: (script) => request('POST', path, { body: { message: messageOf(script) } }) };
  };
}

async function aiSdkWithRedis(surroundings: Surroundings): Promise<Subject> {
  const { url } = await surroundings.redis();
  const server = await file('ai-sdk', '/', { REDIS_URL: url })(surroundings);
  return { ...server, follow: (streamId) => request('GET', `/${streamId}`) };
}

async function sillageWithRedis(surroundings: Surroundings): Promise<Subject> {
  const [redis, postgres] = await Promise.all([surroundings.redis(), surroundings.postgres()]);
  return sillage(surroundings, { REDIS_URL: redis.url, DATABASE_URL: await postgres.createDatabase() });
}

async function sillage({ upstreamUrl, profileFolder }: Surroundings, env = {}): Promise<Subject> {
  const server = await startServer({
    env: {
      JWT_SECRET: randomBytes(32).toString('hex'),
      ai_api_url: upstreamUrl,
      ai_api_key: 'none',
      max_streams_per_user: '1000000',
      starts_per_minute: '1000000000',
      requests_per_minute: '1000000000',
      max_connections_per_user: '1000000',
      NODE_ENV: 'production',
      NODE_OPTIONS: profileFolder && `--cpu-prof --cpu-prof-dir=${profileFolder} --cpu-prof-interval=500`,
      ...env,
    },
  });
  const headers = { Authorization: `Bearer ${await server.token('ada')}` };
  return {
    port: server.port,
    pid: server.pid,
    ask: (script, sessionId) =>
      request('POST', routes.stream, { headers, body: { message: messageOf(script), sessionId } }),
    follow: (streamId) => request('GET', routes.streamById(streamId), { headers }),
    end: async () => {
      if (profileFolder !== undefined) await server.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function upstreamItself({ upstreamUrl }: Surroundings): Promise<Subject> {
  const { port, pathname } = new URL(upstreamUrl);
  const ask = (script: Partial<Script>) =>
    request('POST', `${pathname}/chat/completions`, { body: { content: messageOf(script) } });
  return { port: Number(port), pid: process.pid, ask, end: async () => {} };
}
