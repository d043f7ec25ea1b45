import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import { TicketService } from './ticket.service.ts';

const options = { ticketMs: 30_000, maxAgeMs: 3_600_000 };
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
  expect(again).toMatchObject({ boundTo: stream.to, streamId: stream.streamId });
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

  expect(await tickets.show(ticket)).toMatchObject({ boundTo: stream.to, streamId: stream.streamId });
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

  await tickets.issue(ada);

  expect(await database.query.selectFrom('tickets').selectAll().execute()).toHaveLength(1);
});

test('a ticket outlives a restart of the server', async () => {
  const { ticket } = await tickets.issue(ada);
  await database.close();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });

  expect((await new TicketService(database, options).show(ticket)).user).toEqual(ada);
});
