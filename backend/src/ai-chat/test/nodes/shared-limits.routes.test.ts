// The limits of a user and of an address on two nodes: counted together in Redis, and by each node while Redis is down.
import { routes } from '@sillage/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { TestApp } from '../app.testing.ts';
import { startNodes, type TestNodes } from './nodes.testing.ts';

let nodes: TestNodes;
let one: TestApp;
let other: TestApp;
let user: string;
let count = 0;

beforeAll(async () => {
  const requests = { requests_per_minute: '10', anonymous_requests_per_minute: '4', trust_proxy: 'loopback' };
  nodes = await startNodes({ settings: { ...requests, max_connections_per_user: '3' } });
  ({ one, other } = nodes);
});
beforeEach(() => {
  user = `用户-${++count}`;
});
afterAll(() => nodes?.close());

const statusOf = async (node: TestApp) => (await node.send(routes.config, { user })).status;
const open = async (node: TestApp) => node.open(routes.feed, { user });

test('the requests of a user count on every node', async () => {
  const statuses = await Promise.all([1, 2, 3, 4, 5].flatMap(() => [statusOf(one), statusOf(other)]));

  const refused = [await one.send(routes.feed, { user }), await other.send(routes.config, { user })];

  expect(statuses).toEqual(Array(10).fill(200));
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
});

test('the requests of an address without a valid token count on every node, also before a ticket is looked up', async () => {
  const ask = async (node: TestApp, ip: string, path: string = routes.config) =>
    (await node.send(path, { user: null, headers: { 'x-forwarded-for': ip } })).status;
  const statuses = [];
  for (const node of [one, other, one, other]) statuses.push(await ask(node, '192.0.2.1'));

  const refused = [await ask(one, '192.0.2.1'), await ask(other, '192.0.2.1', `${routes.feed}?ticket=无`)];

  expect(statuses).toEqual([401, 401, 401, 401]);
  expect(refused).toEqual([429, 429]);
  expect(await ask(other, '192.0.2.2')).toBe(401);
});

test('readers and feeds of a user count on every node, until one disconnects', async () => {
  const readers = [await open(one), await open(one), await open(other)];
  const refused = [await open(one), await open(other)];

  readers[0]?.close();
  await expect.poll(async () => (await open(other)).status, { interval: 200 }).toBe(200);

  expect(readers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(refused.map(({ status }) => status)).toEqual([429, 429]);
});

test('while Redis is down requests are served, and each node uses its own counts', async () => {
  await nodes.redis.kill();

  const readers = [await open(one), await open(one), await open(one), await open(one), await open(other)];
  for (const reader of readers) reader.close();
  const statuses = [];
  for (let i = 0; i < 8; i++) statuses.push(await statusOf(other));
  const own = [await statusOf(one), await statusOf(other), await statusOf(other)];
  await nodes.redis.restart();

  expect(readers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 200]);
  expect(statuses).toEqual(Array(8).fill(200));
  expect(own).toEqual([200, 200, 429]);
});
