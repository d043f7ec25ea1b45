// Unfinished request bodies: the server reads none of unauthenticated clients and few of one user, and serves others meanwhile.
import { connect, type Socket } from 'node:net';
import { routes } from '@sillage/protocol';
import { openSse, providerScripts } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Fixture, openFixture } from '../faults/fixture/fixture.ts';
import { liveMemoryEnv, readLiveMb } from '../faults/fixture/live-memory.ts';
import { openHandles } from '../faults/fixture/process-figures.ts';

let fixture: Fixture;
const sockets: Socket[] = [];

beforeAll(async () => {
  fixture = await openFixture({ env: { request_timeout: '15', ...liveMemoryEnv } });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => fixture[Symbol.asyncDispose]());

const length = 2_000_000;
const part = `{"message":"${'x'.repeat(1_000_000)}`;

/** Announces 2 MB, sends half of it and waits. `closed` resolves with the status line of the response, if any. */
function leaveUnfinished(headers: Record<string, string>): { sent: Promise<void>; closed: Promise<string> } {
  const socket = connect(fixture.server.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${routes.streams} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${lines.join('')}`;
  const sent = new Promise<void>((resolve) => {
    socket.write(`${head}content-length: ${length}\r\n\r\n`);
    socket.write(part, () => resolve());
  });
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(received.split('\r\n')[0] ?? ''));
  });
  return { sent, closed };
}

describe.each([
  ['unauthenticated clients', () => ({}), 401],
  ['one user', () => fixture.headers, 429],
])('three hundred unfinished bodies of 2 MB by %s', (_, headersOf, expectedStatus) => {
  test('hold no memory, delay no other request, and are closed in time', async () => {
    const before = await readLiveMb(fixture.server);
    const handles = openHandles(fixture.server.pid);

    const unfinished = Array.from({ length: 300 }, () => leaveUnfinished(headersOf()));
    await Promise.all(unfinished.slice(0, 20).map(({ sent }) => sent));
    const { status } = await openSse(fixture.server.url + routes.streams, {
      headers: fixture.headers,
      body: { message: 'x' },
    });
    await Promise.race([Promise.all(unfinished.map(({ sent }) => sent)), unfinished[0]?.closed]);
    const held = (await readLiveMb(fixture.server)) - before;
    const statuses = await Promise.all(unfinished.map(({ closed }) => closed));

    expect(status).toBe(201);
    expect(held).toBeLessThan(40); // of the 300 MB that were sent; one user may be sending 16 bodies
    const rejected = statuses.filter((line) => line.includes(` ${expectedStatus} `));
    expect(rejected.length, statuses.join()).toBeGreaterThan(200); // the other sockets were closed before the response was read
    await expect.poll(() => openHandles(fixture.server.pid)).toBeLessThanOrEqual(handles + 3);
  });
});

test('more unauthenticated connections than allowed close each other, and not the connection of a reader', async () => {
  await using limited = await openFixture({ env: { max_anonymous_connections: '20' } });
  const goOn = Promise.withResolvers<void>();
  const beforeDelta = (index: number) => (index === 1 ? goOn.promise : undefined);
  limited.provider.respond(providerScripts.reply(['春', '🌊'], { beforeDelta }));
  const reading = limited.read(await limited.start({ message: 'Hi' }));
  await expect.poll(() => limited.provider.requests.length).toBe(1);

  const strangers = Array.from({ length: 60 }, () => connect(limited.server.port, '127.0.0.1').on('error', () => {}));
  sockets.push(...strangers);
  await expect.poll(() => strangers.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(40);
  goOn.resolve();
  const { text, connections } = await reading;

  expect(text).toBe('春🌊');
  expect(connections).toBe(1);
});
