// `--workers`: one node per core on one machine, which share the port. Killing a worker ends no reply of another one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { routes, type StreamId } from '@sillage/protocol';
import { freePort, providerScripts, signToken, startPostgres, startProvider, startRedis } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainReader } from '../faults/fixture/fixture.ts';

const secret = 'a secret of the workers, of more than 32 characters: 8f2b0c';
const owned = new AsyncDisposableStack();
let env: Record<string, string>;
let provider: Awaited<ReturnType<typeof startProvider>>;

beforeAll(async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  provider = await startProvider();
  owned.defer(() => postgres.stop());
  owned.defer(() => redis.stop());
  owned.defer(() => provider.stop());
  const DATABASE_URL = await postgres.createDatabase();
  env = { DATABASE_URL, REDIS_URL: redis.url, JWT_SECRET: secret, JWT_ALLOW: 'weak-secret', ai_api_url: provider.url };
});
afterAll(() => owned.disposeAsync());

/** Starts the built server with `--workers`. */
function start(workers: string, settings: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, ['backend/bundle/main.js', `--workers=${workers}`], {
    env: { PATH, HOME, ai_titles: 'false', ...settings },
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  const exit = once(child, 'exit');
  return { child, exit, output: () => printed.join('') };
}

function workersOf({ pid }: ChildProcess): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Reads the replies that the worker with these metrics produces. */
async function repliesRunning(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^sillage_replies_running (\d+)$/m.exec(text)?.[1]);
}

test('with the embedded database workers are rejected, and the error names the settings to set', async () => {
  const { exit, output } = start('2', {});

  expect(await exit).toEqual([1, null]);
  expect(output()).toContain('set DATABASE_URL (PostgreSQL), REDIS_URL and JWT_SECRET');
});

test('an invalid number of workers is rejected', async () => {
  const { exit, output } = start('many', env);

  expect(await exit).toEqual([1, null]);
  expect(output()).toContain('--workers must be auto or a whole number');
});

test('ports of metrics that include the port of the server are refused', async () => {
  const { exit, output } = start('3', { ...env, PORT: '3002', metrics_port: '3000' });

  expect(await exit).toEqual([1, null]);
  expect(output()).toContain('--workers=3 takes the ports 3000 to 3002 for metrics');
});

test('a port that is in use ends all with the reason, also where the metrics have a free one', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const PORT = `${(taken.address() as AddressInfo).port}`;
  const { child, exit, output } = start('2', { ...env, PORT, metrics_port: `${await freePort()}` });
  await using _ = { [Symbol.asyncDispose]: async () => void child.kill('SIGKILL') };

  expect(await exit).toEqual([1, null]);
  expect(output()).toContain('EADDRINUSE');
  expect(output()).not.toContain('started again');
  taken.close();
});

test('a reply goes on when the other worker is killed, which is started again; a signal ends all', async () => {
  const [port, metrics] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${await signToken({ secret, sub: 'ada' })}` };
  const { child, exit, output } = start('2', { ...env, PORT: `${port}`, metrics_port: `${metrics}` });
  await using _ = { [Symbol.asyncDispose]: async () => void child.kill('SIGKILL') };
  const idle = () => Promise.all([metrics, metrics + 1].map(repliesRunning)).catch(() => []);
  await expect.poll(idle, { timeout: 120_000 }).toEqual([0, 0]); // two servers, one after the other
  const texts = Array.from({ length: 200 }, (_, i) => `word ${i} `);
  const goOn = Promise.withResolvers<void>();
  const beforeDelta = (index: number) => (index === 100 ? goOn.promise : undefined);
  provider.respond(providerScripts.reply(texts, { beforeDelta }));

  const started = await fetch(origin + routes.streams, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'Hi' }),
  });
  const { streamId } = (await started.json()) as { streamId: StreamId };
  await provider.received();
  const running = await Promise.all([metrics, metrics + 1].map(repliesRunning));
  const killed = workersOf(child)[running[0] === 1 ? 1 : 0] ?? Number.NaN; // not 0, which is this group of processes
  process.kill(killed, 'SIGKILL');
  goOn.resolve();
  const reader = new PlainReader({ headers, streamId });
  await reader.readToEnd(origin);

  expect(output()).toContain(`Open http://localhost:${port}/`);
  expect(running.toSorted()).toEqual([0, 1]);
  expect(reader.end).toMatchObject({ finishReason: 'stop' });
  expect(reader.text).toBe(texts.join(''));
  await expect.poll(output).toMatch(/Worker \d \(process \d+\) runs again/);
  expect(output()).toContain(`(process ${killed}) ended by SIGKILL. It is started again in 0.5 s.`);
  expect(workersOf(child)).toHaveLength(2);

  const all = workersOf(child);
  child.kill('SIGTERM');

  expect(await exit).toEqual([0, null]);
  for (const pid of all) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
