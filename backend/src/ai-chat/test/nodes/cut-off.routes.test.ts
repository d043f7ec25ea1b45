// A node without its database closes reads without an error, rejects all other requests, and reports that it is not
// ready.
import { routes } from '@sillage/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, type TestApp } from '../app.testing.ts';
import { startNodes, type TestNodes } from './nodes.testing.ts';

const leaseMs = 500;
let nodes: TestNodes;
let node: TestApp;
let streamId: string;
let ticket: string;

beforeAll(async () => {
  nodes = await startNodes({
    timings: { nodeLeaseMs: leaseMs, leaseRenewMs: 50, shutdownGraceMs: 0, storageRetryMs: 50 },
  });
  node = nodes.one;
});
afterAll(() => nodes?.close());
beforeEach(async () => {
  // Each node notices by itself that the database is back.
  ticket = await untilServed(() => node.ticket());
  streamId = await untilServed(() => nodes.other.start({ message: 'x', sessionId: 's' }));
  await nodes.other.read(streamId);
  await nodes.postgres.kill();
});
afterEach(() => nodes.postgres.restart());

/** Repeats a request that a node rejects while it does not reach the database. */
async function untilServed(send: () => Promise<string>): Promise<string> {
  let served = '';
  await expect.poll(async () => (served = await send().catch(() => ''))).not.toBe('');
  return served;
}

async function readiness() {
  const { status, body } = await node.send('/health/ready', { user: null });
  return [status, body];
}

test.each<[string, () => Promise<unknown>]>([
  ['a stream', () => node.open(routes.streamById(streamId))],
  ['a stream by ticket', () => node.open(`${routes.streamById(streamId)}?ticket=${ticket}`, { user: null })],
  ['a stream again', () => node.open(routes.streamSse, { headers: { 'last-event-id': `${streamId}/0` } })],
  ['the feed', () => node.open(routes.feed)],
])('a read of %s is closed without a response, and succeeds when the database is back', async (_, read) => {
  await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' });

  await nodes.postgres.restart();

  await expect.poll(() => read().then(statusOf, () => 0)).toBe(200);
});

const statusOf = (response: unknown) => {
  const { status, close } = response as { status: number; close: () => void };
  close();
  return status;
};

describe('503 storage with Retry-After', () => {
  test.each<[string, () => ReturnType<TestApp['send']>]>([
    ['a start', () => node.send(routes.streams, { body: { message: 'x' } })],
    ['a start that reads', () => node.send(routes.stream, { body: { message: 'x' } })],
    ['a start of an EventSource', () => node.send(`${routes.streamSse}?message=x`)],
    ['a stop', () => node.send(routes.stop(streamId), { method: 'POST' })],
    ['the list of conversations', () => node.send(routes.sessions)],
    ['a deletion', () => node.send(routes.session('s'), { method: 'DELETE' })],
    ['a ticket', () => node.send(routes.ticket, { method: 'POST' })],
  ])('is the response to %s', async (_, send) => {
    const { status, body, headers } = await send();

    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'storage' } });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });
});

test('a node that is the only one without the database reports itself unready after a lease, and ready again later', async () => {
  await nodes.postgres.restart();
  await expect.poll(() => nodes.other.start({ message: 'x' }).catch(() => undefined)).toBeDefined();
  await nodes.proxy.refuse();

  await expect.poll(readiness).toEqual([503, { status: 'cut-off' }]);
  expect((await node.send('/health/live', { user: null })).status).toBe(200);
  expect((await nodes.other.send('/health/ready', { user: null })).status).toBe(200);

  await nodes.proxy.resume();

  await expect.poll(readiness).toEqual([200, { status: 'ready' }]);
  expect(contentOf(await node.read(streamId))).toBe('Hello world');
});

test('while every node has lost the database, all stay ready: a balancer would otherwise reject all readers', async () => {
  const statuses = new Set<unknown>();
  const killedAt = performance.now();

  await expect
    .poll(async () => {
      for (const one of [nodes.one, nodes.other])
        statuses.add((await one.send('/health/ready', { user: null })).status);
      return performance.now() - killedAt;
    })
    .toBeGreaterThan(4 * leaseMs);

  expect([...statuses]).toEqual([200]);
});
