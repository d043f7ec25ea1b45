import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
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

test('a ticket stands for its user, and says until when it must be used', async () => {
  const { ticket, expiresAt } = await tickets.issue(ada);

  const shown = await tickets.show(ticket);

  expect(shown).toEqual({ key: expect.stringMatching(/^ticket:/), user: ada, boundTo: undefined, streamId: undefined });
  expect(Date.parse(expiresAt) - Date.now()).toBe(30_000);
});

test('tickets cannot be guessed, and what is stored opens nothing', async () => {
  const [one, two] = [await tickets.issue(ada), await tickets.issue(ada)];

  expect(one.ticket).not.toBe(two.ticket);
  expect(one.ticket).toMatch(/^[A-Za-z0-9_-]{32,}$/);
  const [row] = await database.query.selectFrom('tickets').selectAll().execute();
  await expect(tickets.show(row?.ticket_hash ?? '')).rejects.toMatchObject(refused);
  expect(JSON.stringify(await database.query.selectFrom('tickets').selectAll().execute())).not.toContain(one.ticket);
});

test.each(['', 'nonsense', "' or 1=1 --"])('%o is no ticket', async (ticket) => {
  await tickets.issue(ada);

  await expect(tickets.show(ticket)).rejects.toMatchObject(refused);
});

test('a clock that is set back makes no ticket younger', async () => {
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

test('a ticket that was used in time attaches again to the same stream, until its age is over', async () => {
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

test('of two first uses at once for two streams one wins', async () => {
  const { ticket } = await tickets.issue(ada);
  const shown = await tickets.show(ticket);

  const uses = await Promise.allSettled([
    tickets.bind(shown, stream),
    tickets.bind(shown, { ...stream, streamId: 'stream2' }),
  ]);

  expect(uses.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('tickets of others stay as they are', async () => {
  const [one, two] = [await tickets.issue(ada), await tickets.issue({ id: 'bob' })];

  await tickets.bind(await tickets.show(one.ticket), stream);

  expect(await tickets.show(two.ticket)).toMatchObject({ user: { id: 'bob' }, boundTo: undefined });
});

test('tickets that can never be used again are not kept', async () => {
  await tickets.issue(ada);
  pass(options.maxAgeMs + options.ticketMs + 1);

  const { ticket } = await tickets.issue(ada);
  await tickets.bind(await tickets.show(ticket), stream);
  pass(options.ticketMs + 1);
  await tickets.issue(ada);

  await tickets.sweep();

  expect(await database.query.selectFrom('tickets').selectAll().execute()).toHaveLength(2);
});

test('a ticket outlives a restart of the server', async () => {
  const { ticket } = await tickets.issue(ada);
  await database.close();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });

  expect((await new TicketService(database, options).show(ticket)).user).toEqual(ada);
});

test('a row of a ticket holds nothing of its request, whatever its length', async () => {
  const { ticket } = await tickets.issue(ada);
  await tickets.bind(await tickets.show(ticket), { ...stream, to: `stream-sse ${'秘密'.repeat(8_000)}` });

  const [row] = await database.query.selectFrom('tickets').selectAll().execute();

  expect(JSON.stringify(row).length).toBeLessThan(500);
  expect(JSON.stringify(row)).not.toContain('秘密');
});

describe('the limit of tickets that wait for their first use', () => {
  test('refuses one more of the same user, and says when to ask again', async () => {
    for (let i = 0; i < options.ticketsPerUser; i++) await tickets.issue(ada);

    await expect(tickets.issue(ada)).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 30 });
    await expect(tickets.issue({ id: 'bob' })).resolves.toBeDefined();
  });

  test('counts neither tickets that were used nor those that expired', async () => {
    const [used] = [await tickets.issue(ada), await tickets.issue(ada), await tickets.issue(ada)];
    await tickets.bind(await tickets.show(used.ticket), stream);
    await tickets.issue(ada);
    pass(options.ticketMs);

    await expect(tickets.issue(ada)).resolves.toBeDefined();
  });

  test('is the same at the same moment', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => tickets.issue(ada)));

    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(options.ticketsPerUser);
  });

  test('locks nobody out when the clock is set back', async () => {
    for (let i = 0; i < options.ticketsPerUser; i++) await tickets.issue(ada);
    pass(-3_600_000);

    await expect(tickets.issue(ada)).resolves.toBeDefined();
  });
});

describe('a ticket that is reserved for a start', () => {
  const { to } = stream;

  test('opens nothing else until its start is refused', async () => {
    const shown = await tickets.show((await tickets.issue(ada)).ticket);
    await tickets.reserve(shown, to);

    await expect(tickets.bind(shown, { to: 'feed', streamId: undefined })).rejects.toMatchObject(refused);
    await expect(tickets.bind(shown, { to, streamId: 'another' })).rejects.toMatchObject(refused);
    await tickets.release(shown, to);
    await tickets.bind(shown, { to: 'feed', streamId: undefined });
    await expect(tickets.reserve(shown, to)).rejects.toMatchObject(refused);
  });

  test('gives the stream that the same request has started', async () => {
    const shown = await tickets.show((await tickets.issue(ada)).ticket);
    await tickets.reserve(shown, to);
    await tickets.bind(shown, { ...stream, isReserved: true });

    expect(await tickets.reserve(shown, to)).toBe(stream.streamId);
    await tickets.release(shown, to);
    expect(await tickets.reserve(shown, to)).toBe(stream.streamId);
  });

  test('must be started within the time of a first use', async () => {
    const { ticket } = await tickets.issue(ada);
    await tickets.reserve(await tickets.show(ticket), to);
    pass(options.ticketMs + 1);

    await expect(tickets.show(ticket)).rejects.toMatchObject(refused);
  });
});
