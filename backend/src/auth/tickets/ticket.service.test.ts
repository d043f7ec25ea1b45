import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { TicketService } from './ticket.service.ts';

const options = { ticketMs: 30_000, maxAgeMs: 3_600_000, ticketsPerUser: 3 };
const ada = { id: 'ada', workspaces: ['w1'] };
const stream = { to: 'stream-sse {}', streamId: 'stream1' };
const refused = { name: 'StreamError', code: 'unauthorized' };

let folder: string;
let database: SqliteDatabase;
let tickets: TicketService;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000_000 });
  folder = tempFolder();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });
  tickets = new TicketService(database, options);
});
afterEach(async () => {
  await database.close();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

test('a ticket names its user and token, and has an expiry for its first use', async () => {
  const token = { jti: 't1', iat: 999_999_000 };
  const { ticket, expiresAt } = await tickets.issue(ada, token);

  const shown = await tickets.show(ticket);

  expect(shown).toEqual({
    key: expect.stringMatching(/^ticket:/),
    user: ada,
    token,
    expiresAt: Date.now() + 3_600_000,
    boundTo: undefined,
    streamId: undefined,
  });
  expect(Date.parse(expiresAt) - Date.now()).toBe(30_000);
});

test('tickets are random, and the stored hash is not accepted as a ticket', async () => {
  const [one, two] = [await tickets.issue(ada), await tickets.issue(ada)];

  expect(one.ticket).not.toBe(two.ticket);
  expect(one.ticket).toMatch(/^[A-Za-z0-9_-]{32,}$/);
  const [row] = await database.query.selectFrom('tickets').selectAll().execute();
  await expect(tickets.show(row?.ticket_hash ?? '')).rejects.toMatchObject(refused);
  expect(JSON.stringify(await database.query.selectFrom('tickets').selectAll().execute())).not.toContain(one.ticket);
});

test.each(['', 'nonsense', "' or 1=1 --"])('%o is not a ticket', async (ticket) => {
  await tickets.issue(ada);

  await expect(tickets.show(ticket)).rejects.toMatchObject(refused);
});

test('a clock that is set back does not extend the validity of a ticket', async () => {
  const [fresh, bound] = [(await tickets.issue(ada)).ticket, (await tickets.issue(ada)).ticket];
  await tickets.bind(await tickets.show(bound), stream);

  pass(-1_800_000);
  await expect(tickets.show(fresh)).rejects.toMatchObject(refused);
  expect(await tickets.show(bound)).toMatchObject({ streamId: 'stream1' });
  pass(-1_800_001);
  await expect(tickets.show(bound)).rejects.toMatchObject(refused);
});

test('a ticket that was not used in time is refused', async () => {
  const { ticket } = await tickets.issue(ada);

  pass(30_000);
  await tickets.show(ticket);
  pass(1);

  await expect(tickets.show(ticket)).rejects.toMatchObject(refused);
});

test('a ticket that was used in time reconnects to the same stream until its maximum age', async () => {
  const { ticket } = await tickets.issue(ada);
  await tickets.bind(await tickets.show(ticket), stream);

  pass(3_600_000);
  const again = await tickets.show(ticket);
  expect(again).toMatchObject({ boundTo: expect.stringMatching(/^[0-9a-f]{64}$/), streamId: stream.streamId });
  await tickets.bind(again, stream);
  pass(1);

  await expect(tickets.show(ticket)).rejects.toMatchObject(refused);
});

test.each([
  ['another stream', { ...stream, streamId: 'stream2' }],
  ['another query', { ...stream, to: 'stream-sse {"message":"other"}' }],
])('a used ticket is refused for %s, and stays bound as it was', async (_, elsewhere) => {
  const { ticket } = await tickets.issue(ada);
  const shown = await tickets.show(ticket);
  await tickets.bind(shown, stream);

  await expect(tickets.bind(shown, elsewhere)).rejects.toMatchObject(refused);

  expect(await tickets.show(ticket)).toMatchObject({
    boundTo: expect.stringMatching(/^[0-9a-f]{64}$/),
    streamId: stream.streamId,
  });
});

test('of two concurrent first uses for different streams, one wins', async () => {
  const { ticket } = await tickets.issue(ada);
  const shown = await tickets.show(ticket);

  const uses = await Promise.allSettled([
    tickets.bind(shown, stream),
    tickets.bind(shown, { ...stream, streamId: 'stream2' }),
  ]);

  expect(uses.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('binding a ticket leaves other tickets unchanged', async () => {
  const [one, two] = [await tickets.issue(ada), await tickets.issue({ id: 'bob' })];

  await tickets.bind(await tickets.show(one.ticket), stream);

  expect(await tickets.show(two.ticket)).toMatchObject({ user: { id: 'bob' }, boundTo: undefined });
});

test('the sweep deletes tickets that can never be used again', async () => {
  await tickets.issue(ada);
  pass(options.maxAgeMs + options.ticketMs + 1);

  const { ticket } = await tickets.issue(ada);
  await tickets.bind(await tickets.show(ticket), stream);
  pass(options.ticketMs + 1);
  await tickets.issue(ada);

  await tickets.sweep();

  expect(await database.query.selectFrom('tickets').selectAll().execute()).toHaveLength(2);
});

test('a ticket stays valid across a restart of the server', async () => {
  const { ticket } = await tickets.issue(ada);
  await database.close();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });

  expect((await new TicketService(database, options).show(ticket)).user).toEqual(ada);
});

test('the row of a ticket contains nothing of its request, whatever the length of the request', async () => {
  const { ticket } = await tickets.issue(ada);
  await tickets.bind(await tickets.show(ticket), { ...stream, to: `stream-sse ${'秘密'.repeat(8_000)}` });

  const [row] = await database.query.selectFrom('tickets').selectAll().execute();

  expect(JSON.stringify(row).length).toBeLessThan(500);
  expect(JSON.stringify(row)).not.toContain('秘密');
});

describe('the limit of unused tickets', () => {
  test('refuses one more for the same user, with a Retry-After', async () => {
    for (let i = 0; i < options.ticketsPerUser; i++) await tickets.issue(ada);

    await expect(tickets.issue(ada)).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 30 });
    await expect(tickets.issue({ id: 'bob' })).resolves.toBeDefined();
  });

  test('counts neither used nor expired tickets', async () => {
    const [used] = [await tickets.issue(ada), await tickets.issue(ada), await tickets.issue(ada)];
    await tickets.bind(await tickets.show(used.ticket), stream);
    await tickets.issue(ada);
    pass(options.ticketMs);

    await expect(tickets.issue(ada)).resolves.toBeDefined();
  });

  test('holds for concurrent requests', async () => {
    const requests = await Promise.allSettled(Array.from({ length: 20 }, () => tickets.issue(ada)));

    expect(requests.filter(({ status }) => status === 'fulfilled')).toHaveLength(options.ticketsPerUser);
  });

  test('does not lock a user out when the clock is set back', async () => {
    for (let i = 0; i < options.ticketsPerUser; i++) await tickets.issue(ada);
    pass(-3_600_000);

    await expect(tickets.issue(ada)).resolves.toBeDefined();
  });
});

describe('a ticket reserved for a start', () => {
  const { to } = stream;

  test('cannot be used otherwise until its start has failed', async () => {
    const shown = await tickets.show((await tickets.issue(ada)).ticket);
    await tickets.reserve(shown, to);

    await expect(tickets.bind(shown, { to: 'feed', streamId: undefined })).rejects.toMatchObject(refused);
    await expect(tickets.bind(shown, { to, streamId: 'another' })).rejects.toMatchObject(refused);
    await tickets.release(shown, to);
    await tickets.bind(shown, { to: 'feed', streamId: undefined });
    await expect(tickets.reserve(shown, to)).rejects.toMatchObject(refused);
  });

  test('returns the stream that the same request has started', async () => {
    const shown = await tickets.show((await tickets.issue(ada)).ticket);
    await tickets.reserve(shown, to);
    await tickets.bind(shown, { ...stream, isReserved: true });

    expect(await tickets.reserve(shown, to)).toBe(stream.streamId);
    await tickets.release(shown, to);
    expect(await tickets.reserve(shown, to)).toBe(stream.streamId);
  });

  test('expires like an unused ticket if the start never happens', async () => {
    const { ticket } = await tickets.issue(ada);
    await tickets.reserve(await tickets.show(ticket), to);
    pass(options.ticketMs + 1);

    await expect(tickets.show(ticket)).rejects.toMatchObject(refused);
  });
});
