// The limits of starts, on a store whose clock the test sets.
import { StreamError } from '@sillage/protocol';
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import { StreamDirectory } from '../../streams/stream-directory.ts';
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

/** Starts a stream with a start time in the past. */
async function startAgo(seconds: number, userId = 'ada'): Promise<OpenStream> {
  ago = seconds * 1000;
  const created = await store.create({ streamId: `${++count}`, userId });
  if (!created.isNew) throw new Error('The stream existed already');
  return created.stream;
}

/** Checks one more start, and returns its error. */
async function errorOfOneMore(limits: { perMinute?: number; active?: number }, { userId = 'ada', replaces = 0 } = {}) {
  const { perMinute = 100, active = 100 } = limits;
  const options = { streamsPerUser: active, startsPerMinute: perMinute } as ChatOptions;
  try {
    await new StartLimits(new StreamDirectory(database), options).check(userId, { replaces });
    return undefined;
  } catch (error) {
    return error as StreamError;
  }
}

test('one more start than the limit per minute is refused until the oldest one is a minute old', async () => {
  await startAgo(70);
  await startAgo(20.5);
  expect(await errorOfOneMore({ perMinute: 2 })).toBeUndefined();
  await startAgo(10);

  expect(await errorOfOneMore({ perMinute: 2 })).toMatchObject({ code: 'rate-limited', retryAfter: 40 });
});

test('a start after `retryAfter` seconds is accepted', async () => {
  await startAgo(20);
  const { retryAfter = 0 } = (await errorOfOneMore({ perMinute: 1 })) ?? {};
  await database.write([
    database.query
      .updateTable('streams')
      .set((row) => ({ created_at: row('created_at', '-', retryAfter * 1000) }))
      .compile(),
  ]);

  expect(await errorOfOneMore({ perMinute: 1 })).toBeUndefined();
});

test('an ended stream counts as a start of its minute, but not as active', async () => {
  const stream = await startAgo(5);
  await store.end(stream, { finishReason: 'stop' });

  expect(await errorOfOneMore({ active: 1 })).toBeUndefined();
  expect(await errorOfOneMore({ perMinute: 1 })).toBeInstanceOf(StreamError);
});

test('a reply that the start replaces does not count as active', async () => {
  await startAgo(5);
  await startAgo(500);

  expect(await errorOfOneMore({ active: 2 })).toMatchObject({ code: 'rate-limited', retryAfter: 5 });
  expect(await errorOfOneMore({ active: 2 }, { replaces: 1 })).toBeUndefined();
});

test('each user has separate limits', async () => {
  await startAgo(5);

  expect(await errorOfOneMore({ perMinute: 1, active: 1 }, { userId: 'bob' })).toBeUndefined();
});

test('starts with a time in the future, after the clock was set back, do not count', async () => {
  await startAgo(-3_600);
  await startAgo(-3_590);

  expect(await errorOfOneMore({ perMinute: 1 })).toBeUndefined();
});

test('a start on a node whose clock is slightly ahead counts', async () => {
  await startAgo(-2);

  expect(await errorOfOneMore({ perMinute: 1 })).toMatchObject({ code: 'rate-limited', retryAfter: 62 });
});
