// The proxy applies exactly the planned faults to a connection.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CuttingProxy, startProxy } from './cutting-proxy.ts';

let proxy: CuttingProxy;
let accepted: Socket[];
const server = createServer((socket) => {
  accepted.push(socket);
  socket.on('error', () => {}).on('data', (bytes) => socket.write(bytes));
});

beforeEach(async () => {
  accepted = [];
  await once(server.listen(0, '127.0.0.1'), 'listening');
  proxy = await startProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await proxy.close();
  for (const socket of accepted) socket.destroy();
  server.close();
});

function dial(): Socket {
  return connect(proxy.port, '127.0.0.1').on('error', () => {});
}

/** Reads until the other side closes the connection. Returns what was received. */
async function readAll(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (bytes) => parts.push(Buffer.from(bytes as Buffer)));
  await once(socket, 'close');
  return Buffer.concat(parts);
}

/** Reads until `length` bytes have been received. */
async function read(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += (await once(socket, 'data'))[0];
  return text;
}

test('bytes pass both ways, byte for byte, past every buffer on the way', async () => {
  const sent = Buffer.alloc(4_000_000, 'sillage');
  const socket = dial();
  const received = read(socket, sent.length);

  socket.write(sent);

  expect(Buffer.from(await received).equals(sent)).toBe(true);
  expect(proxy).toMatchObject({ connections: 1, openConnections: 1, cuts: 0 });
});

test('a connection is cut after exactly the bytes asked for, on both sides', async () => {
  const limits = [5, 0, undefined];
  proxy.setCutAfterBytes(() => limits.shift());

  const first = dial();
  first.write('hello world');
  expect(`${await readAll(first)}`).toBe('hello');
  await expect.poll(() => accepted[0]?.destroyed).toBe(true);

  const second = dial();
  second.write('hello');
  expect(`${await readAll(second)}`).toBe('');

  const third = dial();
  third.write('hello');
  expect(await read(third, 5)).toBe('hello');
  expect(proxy).toMatchObject({ connections: 3, cuts: 2 });
});

test('cut ends the open connections and lets new ones in', async () => {
  const socket = dial();
  socket.write('a');
  await read(socket, 1);

  proxy.cut();
  await once(socket, 'close');

  const next = dial();
  next.write('b');
  expect(await read(next, 1)).toBe('b');
});

test('a paused proxy keeps the connection and delivers nothing until it is resumed', async () => {
  const socket = dial();
  socket.write('a');
  await read(socket, 1);
  const [upstream] = accepted;

  proxy.pause();
  await new Promise((sent) => socket.write('b', sent));
  await new Promise((sent) => upstream?.write('c', sent));
  const late = read(socket, 2);
  expect(proxy.openConnections).toBe(1);
  expect([socket.bytesRead, upstream?.bytesRead]).toEqual([1, 1]);

  await proxy.resume();
  expect([...(await late)].sort()).toEqual(['b', 'c']);
});

test.each([
  ['to-server', 'from the server', 'c'],
  ['to-client', 'from the client', 'b'],
] as const)('a proxy paused %s still delivers what comes %s', async (direction, _, passed) => {
  const socket = dial();
  socket.write('a');
  await read(socket, 1);
  const [upstream] = accepted;
  upstream?.removeAllListeners('data');
  const arrived: string[] = [];
  for (const one of [socket, upstream]) one?.on('data', (bytes) => arrived.push(`${bytes}`));

  proxy.pause(direction);
  await new Promise((sent) => socket.write('b', sent));
  await new Promise((sent) => upstream?.write('c', sent));
  await expect.poll(() => arrived).toEqual([passed]);

  await proxy.resume();
  await expect.poll(() => arrived.toSorted()).toEqual(['b', 'c']);
});

test('a connection that is made while the proxy is paused is held, and what it holds is lost by a cut', async () => {
  proxy.pause('to-client');
  const socket = dial();
  socket.write('a');
  await expect.poll(() => accepted[0]?.bytesWritten).toBe(1); // the response has begun

  proxy.cut();

  expect(`${await readAll(socket)}`).toBe('');
});

test('another target is for new connections, and its address of any kind keeps all but the host', async () => {
  const other = createServer((socket) => void socket.on('error', () => {}).end('other'));
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const { port } = other.address() as AddressInfo;
  await using database = await startProxy(`postgres://ada@127.0.0.1:${port}/chats`);
  const before = dial();
  before.write('a');
  await read(before, 1);

  proxy.setTarget(`redis://127.0.0.1:${port}`);

  expect(`${await readAll(dial())}`).toBe('other');
  before.write('b');
  expect(await read(before, 1)).toBe('b');
  expect(database.url).toBe(`postgres://ada@127.0.0.1:${database.port}/chats`);
  other.close();
});

test('a server that is away refuses connections, and comes back on the same port', async () => {
  const before = dial();
  before.write('a');
  await read(before, 1);

  await proxy.refuse();
  await once(before, 'close');
  const [refusal] = await once(connect(proxy.port, '127.0.0.1'), 'error');
  expect(refusal).toMatchObject({ code: 'ECONNREFUSED' });

  await proxy.resume();
  const after = dial();
  after.write('b');
  expect(await read(after, 1)).toBe('b');
});
