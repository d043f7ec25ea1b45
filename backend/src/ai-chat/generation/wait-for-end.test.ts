// Waiting for the end of a stream on a real store, whose streams the test ends.
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import type { OpenStream } from '../../streams/stream-store.ts';
import { waitForEnd } from './wait-for-end.ts';

let database: SqliteDatabase;
let store: SqliteStreamStore;
let stream: OpenStream;

beforeEach(async () => {
  database = await SqliteDatabase.open(tempFolder(), { commitMs: 1 });
  store = await SqliteStreamStore.open(database, { storageRetryMs: 10 });
  const created = await store.create({ streamId: 'stream', userId: 'ada' });
  if (!created.isNew) throw new Error('The stream existed already');
  stream = created.stream;
});
afterEach(async () => {
  await store.close();
  await database.close();
});

test('it resolves with the end, whether it is stored later or already', async () => {
  const waiting = waitForEnd(store, 'stream', { withinMs: 10_000 });
  await store.end(stream, { finishReason: 'stopped' });

  expect(await waiting).toMatchObject({ finishReason: 'stopped' });
  expect(await waitForEnd(store, 'stream', { withinMs: 10_000 })).toMatchObject({ finishReason: 'stopped' });
});

test('it times out and releases the stream', async () => {
  const waiting = waitForEnd(store, 'stream', { withinMs: 30 });

  await expect(waiting).rejects.toMatchObject({ code: 'storage' });
  expect(store.unread(stream)).toMatchObject({ wasRead: true });
});

test('it resolves with undefined for a stream that does not exist', async () => {
  expect(await waitForEnd(store, 'none', { withinMs: 10_000 })).toBeUndefined();
});
