// Connections of a real server on which nobody is signed in: bounded, the least recently used one goes first.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnonymousConnections } from './anonymous-connections.ts';

let server: Server;
let sockets: Socket[];
/** Handles a request, which is signed in where its path says so. */
let handle: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  sockets = [];
  const connections = new AnonymousConnections({ anonymousConnections: 3 });
  server = createServer((request, response) => {
    if (request.url === '/signed-in') connections.signedIn(request, response);
    handle(request, response);
  });
  connections.watch(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Opens a connection that the server has seen; sends a request where a path is given. */
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

test('the connection that was quiet for longest is closed, and the others stay', async () => {
  const [first, second] = [await open(), await open()];
  const closed = once(first, 'close');
  await open();
  await open();

  await closed;

  expect(second.destroyed).toBe(false);
});

test('a connection counts for nothing while a signed-in request is answered, and as used last when it was', async () => {
  const pending: ServerResponse[] = [];
  handle = (_, response) => pending.push(response);
  const reader = await open('/signed-in');
  const quiet = [await open(), await open(), await open()];
  const [first] = quiet;
  const closed = first && once(first, 'close');
  expect(reader.destroyed).toBe(false);

  const answered = once(reader, 'data');
  pending[0]?.end('done');
  await answered;
  await closed;

  expect(reader.destroyed).toBe(false);
});

test('a request that nobody is signed in for does not keep its connection', async () => {
  handle = () => {};
  const stranger = await open('/');
  const closed = once(stranger, 'close');
  for (let i = 0; i < 3; i++) await open();

  await closed;
});
