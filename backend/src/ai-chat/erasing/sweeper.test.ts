// Sweeps on a real database with controlled clocks: a clock that is briefly wrong deletes nothing.
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Revocations } from '../../auth/revocation/revocations.ts';
import type { TicketService } from '../../auth/tickets/ticket.service.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import { StreamDirectory } from '../../streams/stream-directory.ts';
import { StreamRemoval } from '../../streams/stream-removal.ts';
import { defaultTimings } from '../../timings.ts';
import type { ChatOptions } from '../chat-options.ts';
import { SettledClock } from './settled-clock.ts';
import { Sweeper } from './sweeper.ts';

const hour = 3_600_000;
const day = 24 * hour;
let [wall, monotonic] = [0, 0];
let database: SqliteDatabase;
let store: SqliteStreamStore;
let sweeper: Sweeper;

const pass = (ms: number) => {
  wall += ms;
  monotonic += ms;
};

/** Creates the sweeper of a process that starts now. */
function begin(): Sweeper {
  const clock = new SettledClock({ settleMs: hour, now: () => wall, elapsed: () => monotonic });
  const options = { timings: defaultTimings } as ChatOptions;
  const tickets = { sweep: async () => {} } as TicketService; // not this test's subject
  const revocations = new Revocations(database, { ...defaultTimings, isEnabled: true, isShared: false, keepMs: hour });
  const conversations = new ConversationService(database);
  return new Sweeper(database, new StreamRemoval(database), options, conversations, tickets, revocations, clock);
}

beforeEach(async () => {
  [wall, monotonic] = [Date.UTC(2026, 10, 28), 0];
  database = await SqliteDatabase.open(tempFolder(), { commitMs: 1 });
  store = await SqliteStreamStore.open(database, { storageRetryMs: 10, now: () => wall });
  sweeper = begin();
});
afterEach(async () => {
  await store.close();
  await database.close();
});

async function endOne(streamId: string): Promise<void> {
  const created = await store.create({ streamId, userId: 'ada', idempotency: { key: streamId, requestHash: 'hash' } });
  if (!created.isNew) throw new Error('The stream existed already');
  await store.append(created.stream, [{ type: 'text', text: '潮汐 🌊' }]);
  await store.end(created.stream, { finishReason: 'stop' });
}

const isKept = async (streamId: string) => ({
  text: (await store.find(streamId))?.isForgotten === false,
  key: (await new StreamDirectory(database).findStart('ada', streamId)) !== undefined,
});
const kept = { text: true, key: true };
const gone = { text: false, key: false };

test('a clock that is a week ahead for one sweep deletes no reply and no key', async () => {
  pass(2 * hour);
  await endOne('young');

  wall += 7 * day;
  await sweeper.sweepStreams();
  await begin().sweepStreams(); // a restart meanwhile

  wall -= 7 * day;
  await sweeper.sweepStreams();
  expect(await isKept('young')).toEqual(kept);
});

test('a reply that ends while the clock is ahead does not confirm the clock', async () => {
  await endOne('young');

  wall += 7 * day;
  await endOne('ahead');
  pass(60_000);
  await begin().sweepStreams();

  expect(await isKept('young')).toEqual(kept);
});

test('the sweep deletes by a time that has been settled for an hour', async () => {
  await endOne('old');
  wall += 7 * day;
  await sweeper.sweepStreams();
  expect(await isKept('old')).toEqual(kept);

  pass(hour);
  await sweeper.sweepStreams();

  expect(await isKept('old')).toEqual(gone);
});

test('a server that never runs for an hour deletes what was old when an earlier reply ended', async () => {
  await endOne('old');
  pass(2 * day);
  await endOne('yesterday');
  pass(2 * hour);

  await begin().sweepStreams();

  expect(await isKept('old')).toEqual(gone);
  expect(await isKept('yesterday')).toEqual(kept);
});
