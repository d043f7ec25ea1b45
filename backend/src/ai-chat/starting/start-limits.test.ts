// The starts of a minute, in a store whose clock the test sets.
import { StreamError } from '@sillage/protocol';
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import type { OpenStream } from '../../streams/stream-store.ts';
import type { ChatOptions } from '../chat-options.ts';
import { StartLimits } from './start-limits.ts';

let database: SqliteDatabase;
let store: SqliteStreamStore;
let ago = 0;
let count = 0;

beforeEach(async () => {
  database = await SqliteDatabase.open(tempFolder(), { commitMs: 1 });
  store = await SqliteStreamStore.open(database, { storageRetryMs: 10, now: () => Date.now() - ago });
});
afterEach(async () => {
  await store.close();
  await database.close();
});

/** Starts a stream as it was so many seconds ago. */
async function startAgo(seconds: number, userId = 'ada'): Promise<OpenStream> {
  ago = seconds * 1000;
  const created = await store.create({ streamId: `${++count}`, userId });
  if (!created.isNew) throw new Error('It was there already');
  return created.stream;
}

/** Checks one start more, and returns its refusal. */
async function refusal(limits: { perMinute?: number; underWay?: number }, { userId = 'ada', besides = 0 } = {}) {
  const { perMinute = 100, underWay = 100 } = limits;
  const options = { streamsPerUser: underWay, startsPerMinute: perMinute } as ChatOptions;
  try {
    await new StartLimits(store, options).check(userId, { besides });
    return undefined;
  } catch (error) {
    return error as StreamError;
  }
}

test('so many starts a minute pass, and the next is refused until the first of them is a minute old', async () => {
  await startAgo(70);
  await startAgo(20.5);
  expect(await refusal({ perMinute: 2 })).toBeUndefined();
  await startAgo(10);

  expect(await refusal({ perMinute: 2 })).toMatchObject({ code: 'rate-limited', retryAfter: 40 });
});

test('who has waited as long as was said may start again', async () => {
  await startAgo(20);
  const { retryAfter = 0 } = (await refusal({ perMinute: 1 })) ?? {};
  await database.write([
    database.query
      .updateTable('streams')
      .set((row) => ({ created_at: row('created_at', '-', retryAfter * 1000) }))
      .compile(),
  ]);

  expect(await refusal({ perMinute: 1 })).toBeUndefined();
});

test('an ended start counts for its minute, and not as under way', async () => {
  const stream = await startAgo(5);
  await store.end(stream, { finishReason: 'stop' });

  expect(await refusal({ underWay: 1 })).toBeUndefined();
  expect(await refusal({ perMinute: 1 })).toBeInstanceOf(StreamError);
});

test('a reply that the start replaces is not under way any more', async () => {
  await startAgo(5);
  await startAgo(500);

  expect(await refusal({ underWay: 2 })).toMatchObject({ code: 'rate-limited', retryAfter: 5 });
  expect(await refusal({ underWay: 2 }, { besides: 1 })).toBeUndefined();
});

test('each user has a minute and replies of their own', async () => {
  await startAgo(5);

  expect(await refusal({ perMinute: 1, underWay: 1 }, { userId: 'bob' })).toBeUndefined();
});

test('nobody is locked out by starts that lie in the future, because the clock was set back', async () => {
  await startAgo(-3_600);
  await startAgo(-3_590);

  expect(await refusal({ perMinute: 1 })).toBeUndefined();
});

test('a start by a node whose clock is a little ahead counts', async () => {
  await startAgo(-2);

  expect(await refusal({ perMinute: 1 })).toMatchObject({ code: 'rate-limited', retryAfter: 62 });
});
