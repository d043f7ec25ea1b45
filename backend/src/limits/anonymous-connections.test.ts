// Unauthenticated connections of a real server: beyond the limit the least recently used one is closed.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnonymousConnections } from './anonymous-connections.ts';

let server: Server;
let sockets: Socket[];
/** Handles a request. The path `/signed-in` marks it as authenticated. */
let handle: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  sockets = [];
  const connections = new AnonymousConnections({ anonymousConnections: 3 });
  server = createServer((request, response) => {
    if (request.url === '/signed-in') connections.signedIn(request, response);
    handle(request, response);
  });
  connections.observe(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Opens a connection and waits until the server has accepted it; sends a request if a path is given. */
async function open(path?: string): Promise<Socket> {
  const accepted = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await accepted;
  if (path === undefined) return socket;
  const received = once(server, 'request');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await received;
  return socket;
}

test('beyond the limit the longest idle connection is closed, and the others stay', async () => {
  const [first, second] = [await open(), await open()];
  const closed = once(first, 'close');
  await open();
  await open();

  await closed;

  expect(second.destroyed).toBe(false);
});

test('a connection does not count while it serves an authenticated request, and is the most recently used one afterwards', async () => {
  const pending: ServerResponse[] = [];
  handle = (_, response) => pending.push(response);
  const reader = await open('/signed-in');
  const idle = [await open(), await open(), await open()];
  const [first] = idle;
  const closed = first && once(first, 'close');
  expect(reader.destroyed).toBe(false);

  const responded = once(reader, 'data');
  pending[0]?.end('done');
  await responded;
  await closed;

  expect(reader.destroyed).toBe(false);
});

test('an unauthenticated request does not keep its connection open', async () => {
  handle = () => {};
  const stranger = await open('/');
  const closed = once(stranger, 'close');
  for (let i = 0; i < 3; i++) await open();

  await closed;
});
