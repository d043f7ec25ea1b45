// deploy/nginx.conf in a real nginx: failover, and requests that must not be retried. The nodes are small HTTP servers that
// fail at exact moments; `cluster-script.test.ts` runs nginx in front of real nodes.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collect, freePort, openSse } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Balancer, startBalancer } from '../scripts/deploy/balancer.ts';

let nodes: Server[];
let requests: IncomingMessage[];
let respond: RequestListener;
let balancer: Balancer;

beforeEach(async () => {
  requests = [];
  nodes = await Promise.all([1, 2, 3].map(() => startNode()));
  balancer = await startBalancer(nodes.map(urlOf), { port: await freePort() });
});
afterEach(async () => {
  await balancer[Symbol.asyncDispose]();
  await Promise.all(nodes.map(stop));
});

/** Starts a node that reads each request completely, then calls `respond`. */
async function startNode(): Promise<Server> {
  const node = createServer(async (request, response) => {
    await request.resume().toArray();
    requests.push(request);
    respond(request, response);
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

const accepts: RequestListener = (_, response) => response.writeHead(201).end();
const dies: RequestListener = (request) => request.socket.destroy();

test('a start is not retried on another node after it was sent to a node that dies', async () => {
  respond = dies;

  const { status } = await post();

  expect(status).toBe(502);
  expect(requests).toHaveLength(1);
});

test('a start is sent to the next node when one or two nodes cannot be reached', async () => {
  respond = accepts;

  await Promise.all([stop(nodes[0]), stop(nodes[1])]);
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await post()).status);

  expect(statuses).toEqual(Array(6).fill(201));
  expect(requests).toHaveLength(6);
});

test('a read is retried on another node when its node dies before it responds', async () => {
  respond = (request, response) => (requests.length === 1 ? dies : accepts)(request, response);

  const { status } = await fetch(`${balancer.url}/api/ai-chat/streams/x`);

  expect(status).toBe(201);
  expect(requests).toHaveLength(2);
});

test.each(['/api/ai-chat/stream-sse', '/api/ai-chat/stream-sse/', '/API/ai-chat/Stream-SSE'])(
  'a start by GET %s is not retried on another node when its node dies before it responds',
  async (path) => {
    respond = dies;

    const { status } = await fetch(`${balancer.url}${path}?ticket=t&message=${encodeURIComponent('你好 🚢')}`);

    expect(status).toBe(502);
    expect(requests).toHaveLength(1);
  },
);

test('a failed request is logged with its node and status, and without its query', async () => {
  respond = dies;

  await fetch(`${balancer.url}/api/ai-chat/stream-sse?ticket=a-secret`);
  await fetch(`${balancer.url}/api/ai-chat/feed?ticket=a-secret`);
  while (!balancer.log().includes('/feed')) await new Promise(setImmediate);

  expect(balancer.log()).toMatch(/stream-sse 502 .* 127\.0\.0\.1:\d+ 502$/m);
  expect(balancer.log() + balancer.errors()).not.toContain('a-secret');
});

test('every event is forwarded before the next is written', async () => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  respond = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    resolve(response);
  };

  const { messages } = await openSse(`${balancer.url}/api/ai-chat/streams/x`);
  const response = await promise;
  const received: unknown[] = [];
  for (const word of ['one', 'two', 'three']) {
    response.write(`data: "${word}"\n\n`);
    const { value } = await messages.next();
    if (value) received.push(value.data);
  }
  response.end();
  await collect(messages);

  expect(received).toEqual(['one', 'two', 'three']);
});

test('readers are distributed over the nodes', async () => {
  respond = (_, response) => response.writeHead(200).flushHeaders();

  const readers = [];
  for (let i = 0; i < 9; i++) readers.push(await openSse(`${balancer.url}/api/ai-chat/streams/x`));
  for (const reader of readers) reader.close();
  const ports = requests.map(({ socket }) => socket.localPort);

  expect(nodes.map((node) => ports.filter((port) => urlOf(node).endsWith(`:${port}`)).length)).toEqual([3, 3, 3]);
});

test('a body and a query of the largest size that nodes accept are forwarded', async () => {
  respond = accepts;

  const large = await post('x'.repeat(2_000_000));
  const long = await fetch(`${balancer.url}/api/ai-chat/stream-sse?history=${'x'.repeat(12_000)}`);

  expect([large.status, long.status]).toEqual([201, 201]);
});

test('a node receives the client address, the host name, and a keep-alive connection', async () => {
  respond = accepts;

  await fetch(`${balancer.url}/health/ready`);

  const { host } = new URL(balancer.url);
  expect(requests[0]?.headers).toMatchObject({ host, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
  expect(requests[0]?.headers.connection).not.toBe('close');
});

test('metrics are not available through the balancer', async () => {
  respond = accepts;

  const { status } = await fetch(`${balancer.url}/metrics`);

  expect(status).toBe(404);
  expect(requests).toEqual([]);
});

test('a ticket is not written to the log', async () => {
  respond = accepts;

  await fetch(`${balancer.url}/api/ai-chat/stream-sse?ticket=a-secret`);
  while (!balancer.log().includes('/stream-sse')) await new Promise(setImmediate);

  expect(balancer.log()).toMatch(/ GET \/api\/ai-chat\/stream-sse 201 /);
  expect(balancer.log()).not.toContain('a-secret');
});
