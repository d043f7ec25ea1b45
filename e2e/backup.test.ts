// Backups of a server under load, restored into a new server: ended replies are whole, those under way end as `interrupted`
// with stored text, and users still see only their own.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { routes, type StreamId } from '@sillage/protocol';
import {
  type Postgres,
  type Provider,
  programPath,
  type Redis,
  removeFolder,
  type ServerProcess,
  shortOrFull,
  startPostgres,
  startProvider,
  startRedis,
  startServer,
  tempFolder,
} from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PreparedReply, prepareReplies } from './cluster/prepared-reply.ts';
import { signIn, type User } from './cluster/support.ts';
import { PlainReader } from './faults/fixture/fixture.ts';

const execute = promisify(execFile);
const secret = 'a-secret-of-the-tests-and-of-nothing-else';
const ended = 6;
const underWay = 6;
const limits = { starts_per_minute: '1000', max_streams_per_user: '1000', requests_per_minute: '100000' };

let provider: Provider;
let folder: string;
beforeAll(async () => {
  provider = await startProvider();
  folder = tempFolder('sillage-backup-');
});
afterAll(async () => {
  await provider.stop();
  removeFolder(folder);
});

interface Stored {
  readonly sessionId: string;
  readonly streamId: StreamId;
  readonly modelReply: PreparedReply;
}

interface Load {
  readonly ended: readonly Stored[];
  readonly running: readonly (Stored & { readonly reader: PlainReader })[];
}

const start = (env: Record<string, string>, dataDir?: string) =>
  startServer({
    env: { ai_api_url: provider.url, JWT_SECRET: secret, ...limits, ...env },
    ...(dataDir !== undefined && { dataDir }),
  });

/** Lets some replies end, and starts others, which go on until the model is finished; each of them has a reader. */
async function startLoad(server: ServerProcess, user: User): Promise<Load> {
  const prepare = prepareReplies(provider);
  const started = async (name: string, words?: number): Promise<Stored> => {
    const message = `${name} 你好 🚢`;
    const modelReply = prepare(message, { throttleMs: 1, ...(words !== undefined && { words }) });
    const sessionId = `session-${name}`;
    return { sessionId, modelReply, streamId: await user.start(server, { message, sessionId }) };
  };
  const all = await Promise.all(Array.from({ length: ended }, (_, index) => started(`ended-${index}`, 100)));
  await Promise.all(all.map(({ streamId }) => user.read(server, streamId)));
  const running = await Promise.all(Array.from({ length: underWay }, (_, index) => started(`running-${index}`)));
  const { headers } = user;
  const withReaders = running.map((one) => {
    const reader = new PlainReader({ headers, streamId: one.streamId });
    void reader.readOnce(server.url).catch(() => {}); // the end of the test kills the server
    return { ...one, reader };
  });
  for (const { reader } of withReaders) await expect.poll(() => reader.text.length).toBeGreaterThan(100);
  return { ended: all, running: withReaders };
}

async function expectRestored(
  server: ServerProcess,
  user: User,
  load: Load,
  received: readonly string[],
): Promise<void> {
  const stranger = await signIn(server, 'bob');
  for (const { streamId, sessionId, modelReply } of load.ended) {
    const reader = await user.read(server, streamId);
    const { messages } = await user.session(server, sessionId);

    expect(reader.text).toBe(modelReply.text);
    expect(messages.map(({ content }) => content)[1]).toBe(modelReply.text);
    expect(reader.end).toMatchObject({ finishReason: 'stop' });
    for (const path of [routes.streamById(streamId), routes.session(sessionId)])
      expect((await fetch(server.url + path, { headers: stranger.headers })).status).toBe(404);
  }
  for (const [index, { streamId, sessionId, modelReply }] of load.running.entries()) {
    await expect
      .poll(async () => (await user.session(server, sessionId)).messages[1]?.finishReason)
      .toBe('interrupted');
    const reader = await user.read(server, streamId);

    expect(reader.end).toMatchObject({ finishReason: 'interrupted' });
    expect(reader.text.startsWith(received[index] ?? '')).toBe(true);
    expect(modelReply.text.startsWith(reader.text)).toBe(true);
    expect((await user.session(server, sessionId)).messages[1]?.content).toBe(reader.text);
  }
}

describe('SQLite', () => {
  const command = (dataDir: string, file: string) =>
    execute(process.execPath, ['backend/bundle/main.js', 'backup', file], {
      env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    });

  test('`sillage backup` of a server under load restores into a new folder', async () => {
    await using server = await start({});
    const user = await signIn(server);
    const load = await startLoad(server, user);
    const received = load.running.map(({ reader }) => reader.text);
    const copy = join(folder, 'copy.db');

    await command(server.dataDir, copy);
    const first = received.map((text, index) => [text, load.running[index]?.reader.text] as const);
    await server.kill();
    await Promise.all(load.running.map(({ modelReply }) => modelReply.finish()));
    const dataDir = join(folder, 'restored');
    mkdirSync(dataDir, { mode: 0o700 });
    copyFileSync(copy, join(dataDir, 'sillage.db'));
    await using restored = await start({}, dataDir);

    expect(first.every(([before, after]) => (after?.length ?? 0) > before.length)).toBe(true); // it was under load
    await expectRestored(restored, user, load, received);
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
    if (process.platform !== 'win32') expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  test('`sillage backup` copies the database of a stopped server, overwrites no file, and says what it needs', async () => {
    const existing = join(folder, 'existing.db');
    await using server = await start({});
    const { start: ask, session } = await signIn(server);
    prepareReplies(provider)('你好 🚢', { words: 3 });
    const sessionId = 'of-a-stopped-server';
    await ask(server, { message: '你好 🚢', sessionId });
    await server.stop();
    await command(server.dataDir, existing);
    const left = readdirSync(server.dataDir);
    const dataDir = join(folder, 'restored-stopped');
    mkdirSync(dataDir, { mode: 0o700 });
    copyFileSync(existing, join(dataDir, 'sillage.db'));
    await using restored = await start({}, dataDir);
    expect((await session(restored, sessionId)).messages[0]?.content).toBe('你好 🚢');
    expect(left.filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
    const refusal = (dataDir: string, file: string) => command(dataDir, file).catch((error) => error.stdout);

    expect(await refusal(server.dataDir, existing)).toContain(`${existing} exists`);
    expect(await refusal(join(folder, 'nothing'), join(folder, 'new.db'))).toContain('Set DATA_DIR');
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });
});

describe.each(shortOrFull({ short: [], full: ['PostgreSQL'] }))('%s', () => {
  let postgres: Postgres;
  let redis: Redis;
  let otherRedis: Redis;
  beforeAll(async () => {
    [postgres, redis, otherRedis] = await Promise.all([startPostgres(), startRedis(), startRedis()]);
  });
  afterAll(() => Promise.all([postgres?.stop(), redis?.stop(), otherRedis?.stop()]));

  const tools = () => dirname(realpathSync(programPath('postgres')));
  const tool = (name: string, ...args: string[]) => execute(join(tools(), name), args);

  test('a dump by pg_dump of a server under load restores into a new database, without the Redis of the old one', async () => {
    const url = await postgres.createDatabase();
    await using server = await start({ DATABASE_URL: url, REDIS_URL: redis.url });
    const user = await signIn(server);
    const load = await startLoad(server, user);
    const file = join(folder, 'sillage.dump');

    await tool('pg_dump', '--format=custom', `--file=${file}`, url);
    await server.kill();
    await Promise.all(load.running.map(({ modelReply }) => modelReply.finish()));
    const target = await postgres.createDatabase();
    await tool('pg_restore', '--exit-on-error', '--no-owner', `--dbname=${target}`, file);
    const env = { DATABASE_URL: target, REDIS_URL: otherRedis.url, node_lease: '1' };
    await using restored = await start(env);

    await expectRestored(restored, user, load, []); // what was under way had its text in Redis
  });
});
