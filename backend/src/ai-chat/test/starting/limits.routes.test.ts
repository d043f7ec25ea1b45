// The limits of one user and of unauthenticated clients on a node: requests, connections, tickets, bodies.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { routes } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { type AppOptions, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
const sockets: Socket[] = [];

async function start(options?: AppOptions): Promise<void> {
  server = await startApp(options);
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

const limited = { status: 429, body: { code: 'rate-limited' } };

test('requests per minute are limited per user across all routes, before they have an effect', async () => {
  await start({ settings: { requests_per_minute: '4' } });
  for (let i = 0; i < 4; i++) await server.send(routes.config);

  const refused = [
    await server.send(routes.config),
    await server.send(routes.streams, { body: { message: 'x' } }),
    await server.send(`${routes.streamSse}?message=x`),
    await server.send(routes.ticket, { method: 'POST' }),
    await server.send(routes.feed),
  ];
  const other = await server.send(routes.config, { user: 'bob' });

  for (const answer of refused) {
    expect(answer).toMatchObject(limited);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(other.status).toBe(200);
  expect(server.provider.requests).toHaveLength(0);
});

test('requests without a valid token are limited per address, also before a ticket is looked up; others are not', async () => {
  const settings = { anonymous_requests_per_minute: '4', trust_proxy: 'loopback' };
  await start({ settings });
  const ask = (ip: string, path: string = routes.config, user: string | null = null) =>
    server.send(path, { user, headers: { 'x-forwarded-for': ip } });
  const withTicket = `${routes.feed}?ticket=无`;
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await ask('192.0.2.1')).status);
  statuses.push((await ask('192.0.2.1', withTicket)).status);

  const refused = [await ask('192.0.2.1'), await ask('192.0.2.1', withTicket)];
  const others = [await ask('192.0.2.2'), await ask('192.0.2.1', routes.config, 'ada')];

  expect(statuses).toEqual([401, 401, 401, 401]);
  for (const answer of refused) {
    expect(answer).toMatchObject(limited);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(others.map(({ status }) => status)).toEqual([401, 200]);
});

test('readers and feeds are limited per user, before a stream is started, until one disconnects', async () => {
  await start({ settings: { max_connections_per_user: '3' } });
  server.provider.respond(providerScripts.hangAfterHeaders());
  const id = await server.start({ message: 'x' });
  await server.provider.received();
  const open = [
    await server.open(routes.streamById(id)),
    await server.open(routes.feed),
    await server.open(`${routes.streamSse}?message=x`),
  ];
  await server.provider.received();

  const refused = [
    await server.send(routes.stream, { body: { message: 'x' } }),
    await server.send(`${routes.streamSse}?message=x`),
    await server.send(routes.streamById(id)),
    await server.send(routes.feed),
  ];
  const stopped = await server.send(routes.stop(id), { method: 'POST' });
  const other = await server.open(routes.feed, { user: 'bob' });
  for (const response of [...open, other]) response.close();

  for (const answer of refused) expect(answer).toMatchObject(limited);
  expect(refused[0]?.headers).toHaveProperty('retry-after');
  expect(stopped.status).toBe(200);
  expect(other.status).toBe(200);
  expect(server.provider.requests).toHaveLength(2);
  await expect.poll(async () => (await server.send(routes.streamById(id))).status).toBe(200);
});

test('unused tickets are limited per user', async () => {
  await start({ settings: { max_tickets_per_user: '2' } });
  const issue = (user = 'ada') => server.send(routes.ticket, { method: 'POST', user });
  const used = await server.ticket();
  await issue();

  const refused = await issue();
  const other = await issue('bob');
  await server.send(`${routes.streamSse}?message=x&ticket=${used}`, { user: null });
  const again = await issue();

  expect(refused).toMatchObject(limited);
  expect(refused.headers['retry-after']).toBe('30');
  expect([other.status, again.status]).toEqual([201, 201]);
});

describe('a body', () => {
  /** Sends the head of a request that announces 2 MB, and as much of the body as is given. */
  async function announce(path: string, { user = 'ada' as string | null, body = '', more = '' } = {}): Promise<Socket> {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    const signIn = user === null ? '' : `Authorization: Bearer ${await server.token(user)}\r\n`;
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${signIn}${more}Content-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: 2000000\r\n\r\n${body}`);
    return socket;
  }

  async function statusOf(socket: Socket): Promise<number> {
    const [data] = await once(socket, 'data');
    return Number(String(data).split(' ')[1]);
  }

  test.each([routes.stream, routes.streams, routes.ticket])(
    'of a stranger is not waited for, at %s: who it is comes first',
    async (path) => {
      await start();

      expect(await statusOf(await announce(path, { user: null, body: '{"message":' }))).toBe(401);
    },
  );

  test('with invalid JSON of an unauthenticated client is 401, not 400', async () => {
    await start();

    const answer = await server.send(routes.stream, {
      user: null,
      body: '{bad',
      headers: { 'content-type': 'application/json' },
    });

    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  test('that does not arrive in time has its connection closed', async () => {
    await start({ timings: { requestMs: 1_000 } });

    const socket = await announce(routes.streams, { body: '{"message":' });

    expect(await statusOf(socket)).toBe(408);
    await once(socket, 'close');
  });

  test('counts towards the limit of concurrent large bodies of its user', async () => {
    await start({ settings: { max_uploads_per_user: '2' } });
    const more = 'Expect: 100-continue\r\n'; // the response to it says that the server counts the body
    const sending = [await announce(routes.streams, { more }), await announce(routes.stream, { more })];
    expect(await Promise.all(sending.map(statusOf))).toEqual([100, 100]);

    const refused = await statusOf(await announce(routes.streams));
    const small = await server.send(routes.streams, { body: { message: 'x' } });
    const other = await server.send(routes.streams, {
      user: 'bob',
      body: { message: 'x', history: [{ role: 'user', content: 'x'.repeat(100_000) }] },
    });
    for (const socket of sending) socket.destroy();

    expect(refused).toBe(429);
    expect([small.status, other.status]).toEqual([201, 201]);
    const large = { message: 'x', history: [{ role: 'user', content: 'x'.repeat(100_000) }] };
    await expect.poll(async () => (await server.send(routes.streams, { body: large })).status).toBe(201);
  });

  test.each([
    ['ada', 100],
    [null, 401],
  ])('that waits for 100 Continue is requested from %s only after authentication', async (user, status) => {
    await start();

    expect(await statusOf(await announce(routes.streams, { user, more: 'Expect: 100-continue\r\n' }))).toBe(status);
  });
});
