// deploy/nginx.conf in a real nginx: what it does when a node is away, and what it must never do. The nodes are stand-ins
// that misbehave to the second; `cluster-script.test.ts` has the real ones behind it.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collect, freePort, openSse } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Balancer, startBalancer } from '../scripts/balancer.ts';

let nodes: Server[];
let asked: IncomingMessage[];
let answer: RequestListener;
let balancer: Balancer;

beforeEach(async () => {
  asked = [];
  nodes = await Promise.all([1, 2, 3].map(() => startNode()));
  balancer = await startBalancer(nodes.map(urlOf), { port: await freePort() });
});
afterEach(async () => {
  await balancer[Symbol.asyncDispose]();
  await Promise.all(nodes.map(stop));
});

/** Starts a node that reads what it is asked to its end, and then does what `answer` says. */
async function startNode(): Promise<Server> {
  const node = createServer(async (request, response) => {
    await request.resume().toArray();
    asked.push(request);
    answer(request, response);
  });
  await once(node.listen(0, '127.0.0.1'), 'listening');
  return node;
}

function urlOf(node: Server): string {
  return `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
}

async function stop(node: Server | undefined): Promise<void> {
  if (!node?.listening) return;
  const closed = once(node, 'close');
  node.close();
  node.closeAllConnections();
  await closed;
}

function post(body = '{}'): Promise<Response> {
  return fetch(`${balancer.url}/api/ai-chat/streams`, { method: 'POST', body });
}

const good: RequestListener = (_, response) => response.writeHead(201).end();
const dies: RequestListener = (request) => request.socket.destroy();

test('a start that was sent to a node that dies is not sent to another', async () => {
  answer = dies;

  const { status } = await post();

  expect(status).toBe(502);
  expect(asked).toHaveLength(1);
});

test('a start for which one node, or two, cannot be reached is sent to the next', async () => {
  answer = good;

  await Promise.all([stop(nodes[0]), stop(nodes[1])]);
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await post()).status);

  expect(statuses).toEqual(Array(6).fill(201));
  expect(asked).toHaveLength(6);
});

test('a read whose node dies before it answers is asked of another', async () => {
  answer = (request, response) => (asked.length === 1 ? dies : good)(request, response);

  const { status } = await fetch(`${balancer.url}/api/ai-chat/streams/x`);

  expect(status).toBe(201);
  expect(asked).toHaveLength(2);
});

test.each(['/api/ai-chat/stream-sse', '/api/ai-chat/stream-sse/', '/API/ai-chat/Stream-SSE'])(
  'a start by GET %s whose node dies before it answers is sent to no other',
  async (path) => {
    answer = dies;

    const { status } = await fetch(`${balancer.url}${path}?ticket=t&message=${encodeURIComponent('你好 🚢')}`);

    expect(status).toBe(502);
    expect(asked).toHaveLength(1);
  },
);

test('a request that fails is logged with its node and status, and nowhere with its query', async () => {
  answer = dies;

  await fetch(`${balancer.url}/api/ai-chat/stream-sse?ticket=a-secret`);
  await fetch(`${balancer.url}/api/ai-chat/feed?ticket=a-secret`);
  while (!balancer.log().includes('/feed')) await new Promise(setImmediate);

  expect(balancer.log()).toMatch(/stream-sse 502 .* 127\.0\.0\.1:\d+ 502$/m);
  expect(balancer.log() + balancer.errors()).not.toContain('a-secret');
});

test('every event is given on before the next is written', async () => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    resolve(response);
  };

  const { messages } = await openSse(`${balancer.url}/api/ai-chat/streams/x`);
  const response = await promise;
  const seen: unknown[] = [];
  for (const word of ['one', 'two', 'three']) {
    response.write(`data: "${word}"\n\n`);
    const { value } = await messages.next();
    if (value) seen.push(value.data);
  }
  response.end();
  await collect(messages);

  expect(seen).toEqual(['one', 'two', 'three']);
});

test('readers are spread over the nodes', async () => {
  answer = (_, response) => response.writeHead(200).flushHeaders();

  const readers = [];
  for (let i = 0; i < 9; i++) readers.push(await openSse(`${balancer.url}/api/ai-chat/streams/x`));
  for (const reader of readers) reader.close();
  const ports = asked.map(({ socket }) => socket.localPort);

  expect(nodes.map((node) => ports.filter((port) => urlOf(node).endsWith(`:${port}`)).length)).toEqual([3, 3, 3]);
});

test('a body as large as the nodes take is passed on, and a query as long', async () => {
  answer = good;

  const large = await post('x'.repeat(2_000_000));
  const long = await fetch(`${balancer.url}/api/ai-chat/stream-sse?history=${'x'.repeat(12_000)}`);

  expect([large.status, long.status]).toEqual([201, 201]);
});

test('a node is told who asks and by which name, and that the connection may stay', async () => {
  answer = good;

  await fetch(`${balancer.url}/health/ready`);

  const { host } = new URL(balancer.url);
  expect(asked[0]?.headers).toMatchObject({ host, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
  expect(asked[0]?.headers.connection).not.toBe('close');
});

test('metrics are not to be had through it', async () => {
  answer = good;

  const { status } = await fetch(`${balancer.url}/metrics`);

  expect(status).toBe(404);
  expect(asked).toEqual([]);
});

test('a ticket is not written to its log', async () => {
  answer = good;

  await fetch(`${balancer.url}/api/ai-chat/stream-sse?ticket=a-secret`);
  while (!balancer.log().includes('/stream-sse')) await new Promise(setImmediate);

  expect(balancer.log()).toMatch(/ GET \/api\/ai-chat\/stream-sse 201 /);
  expect(balancer.log()).not.toContain('a-secret');
});
