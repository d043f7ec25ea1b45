// The limits of two nodes on one real Redis: counted together, also after a node has died, and by each node while Redis is down.
import { Logger } from '@nestjs/common';
import { type Redis, startRedis } from '@sillage/testing';
import { Redis as Connection } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ReaderSlots } from '../user-slots.ts';
import { SharedCounts } from './shared-counts.ts';
import { SharedRequestRate } from './shared-request-rate.ts';

const limited = expect.objectContaining({ code: 'rate-limited' });
/** Longer than a busy machine may hold up a test that takes a connection within it. */
const nodeLeaseMs = 2_000;

let redis: Redis;
let count = 0;
let user: string;
const nodes: Node[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(() => {
  user = `ada-${++count}-用户🚢}{`;
});
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});
afterAll(() => redis?.stop());

interface Node {
  readonly rate: SharedRequestRate;
  readonly slots: ReaderSlots;
  /** Takes a slot and returns the function that releases it. */
  take(): Promise<() => void>;
  /** Ends the node without a word, as SIGKILL does. */
  die(): void;
  stop(): Promise<void>;
}

/** Starts a node with 6 requests a minute and 3 connections per user. */
async function startNode(namespace = 'sillage/public'): Promise<Node> {
  const commands = new Connection(redis.url, {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  }).on('error', () => {});
  await commands.connect();
  const link = { commands, onReady: (listener: () => void) => void commands.on('ready', listener) };
  const shared = new SharedCounts(link, { namespace, nodeLeaseMs, maxAgeMs: 10_000 });
  const slots = new ReaderSlots({ connectionsPerUser: 3 }, shared);
  const node: Node = {
    rate: new SharedRequestRate(shared, { kind: 'requests', perMinute: 6 }),
    slots,
    take: () => slots.take(user),
    die: () => commands.disconnect(),
    stop: async () => {
      await slots.onApplicationShutdown();
      commands.disconnect();
    },
  };
  nodes.push(node);
  return node;
}

async function refusal(take: () => Promise<unknown>): Promise<unknown> {
  return take().then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('nodes count the requests of a minute together, and each user, limit and database separately', async () => {
  const [one, other] = [await startNode(), await startNode()];
  const elsewhere = await startNode('another/public');

  await Promise.all([1, 2, 3].flatMap(() => [one.rate.take(user), other.rate.take(user)]));

  for (const { rate } of [one, other]) {
    expect(await refusal(() => rate.take(user))).toMatchObject({
      code: 'rate-limited',
      retryAfter: expect.any(Number),
    });
    expect(await refusal(() => rate.check(user))).toEqual(limited);
  }
  await other.rate.take('bob');
  await elsewhere.rate.take(user);
});

test('a check and a refused request do not count', async () => {
  const [one, other] = [await startNode(), await startNode()];
  for (let i = 0; i < 20; i++) await one.rate.check(user);
  for (let i = 0; i < 6; i++) await one.rate.take(user);
  for (let i = 0; i < 20; i++) await refusal(() => other.rate.take(user));

  const key = (await redis.command('keys', '*requests:sillage/public*'))
    .split('\n')
    .find((name) => name.includes(user));

  expect(await redis.command('hget', key ?? '', 'current')).toBe('6');
  expect(Number(await redis.command('pttl', key ?? ''))).toBeGreaterThan(60_000);
});

test('nodes count connections together, and one that is closed on a node is free on every node', async () => {
  const [one, other] = [await startNode(), await startNode()];
  const release = await one.take();
  await one.take();
  await other.take();

  expect(await refusal(other.take)).toEqual(limited);
  expect(await refusal(one.take)).toEqual(limited);
  release();
  release(); // a second call has no effect
  await expect.poll(() => refusal(other.take)).toBeUndefined();

  expect(await refusal(one.take)).toEqual(limited);
});

test('concurrent connections on two nodes take no more than the limit', async () => {
  const [one, other] = [await startNode(), await startNode()];

  const results = await Promise.all([1, 2, 3].flatMap(() => [refusal(one.take), refusal(other.take)]));

  expect(results.filter((error) => error === undefined)).toHaveLength(3);
});

test('the connections of a node that has died are free after its lease, and not before', async () => {
  const [one, other] = [await startNode(), await startNode()];
  await one.take();
  await one.take();
  await one.take();

  one.die();
  expect(await refusal(other.take)).toEqual(limited);
  await expect.poll(() => refusal(other.take)).toBeUndefined();
  await other.take();
});

test('an emptied Redis gets the counts of the nodes again', async () => {
  const [one, other] = [await startNode(), await startNode()];
  await one.take();
  await one.take();
  await other.take();

  await redis.flush();
  const keys = () => redis.command('keys', `*connections*`);
  await expect.poll(async () => Number(await redis.command('hlen', await keys()))).toBe(2);

  expect(await refusal(one.take)).toEqual(limited);
});

test('while Redis is down each node uses its own count, logs it once, and shares what it counted afterwards', async () => {
  const [one, other] = [await startNode(), await startNode()];
  const release = await one.take();
  await one.rate.take(user);
  const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
  await redis.kill();

  await one.take();
  await one.take();
  const released = await other.take();
  for (let i = 0; i < 5; i++) await one.rate.take(user);
  const refused = [await refusal(one.take), await refusal(() => one.rate.take(user))];
  release();
  released();
  const lines = logged.mock.calls.map(([line]) => String(line));
  logged.mockRestore();
  await redis.restart();

  expect(refused).toEqual([limited, limited]);
  expect(lines.filter((line) => line.startsWith('Redis does not count requests'))).toHaveLength(2); // one per node
  await expect.poll(async () => redis.command('hvals', await redis.command('keys', '*connections*'))).toBe('2');
  await other.take();
  expect(await refusal(other.take)).toEqual(limited);
});

test('a Redis that does not respond delays few requests', async () => {
  const one = await startNode();
  vi.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
  redis.pause();

  const startedAt = performance.now();
  for (let i = 0; i < 6; i++) await one.rate.take(user);
  const tookMs = performance.now() - startedAt;
  redis.resume();
  vi.restoreAllMocks();

  expect(tookMs).toBeLessThan(2_500); // six timeouts would take 3 s
});
