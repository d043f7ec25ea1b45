// Conditions that the database itself checks, for the case that another process wrote in between.
import type { EndEvent } from '@sillage/protocol';
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import { StreamBodies } from './stream-bodies.ts';
import { StreamDirectory } from './stream-directory.ts';
import { StreamRemoval } from './stream-removal.ts';
import { StreamRows } from './stream-rows.ts';

const stream = { streamId: 'stream', userId: 'ada', epoch: 2 };
const end: EndEvent = { type: 'end', offset: 6, finishReason: 'stop' };

let database: SqliteDatabase;
let rows: StreamRows;
let bodies: StreamBodies;
beforeEach(async () => {
  database = await SqliteDatabase.open(tempFolder(), { commitMs: 1 });
  rows = new StreamRows(database.query);
  bodies = new StreamBodies(database.query);
  await new StreamDirectory(database).create(stream, { at: 1 });
  await database.write([rows.raiseEpoch(stream)]);
});
afterEach(() => database.close());

const endWith = (event: EndEvent, epoch = stream.epoch) =>
  database.write([
    rows.end({ ...stream, epoch }, event, { at: 2 }),
    bodies.save(stream.streamId, { first: [['text', event.finishReason]], parts: 0 }),
  ]);

test('a second end is rejected and leaves the first one unchanged', async () => {
  expect(await endWith(end)).toBe(true);

  expect(await endWith({ ...end, finishReason: 'stopped' })).toBe(false);

  expect((await rows.find('stream'))?.end).toEqual(end);
  expect(await bodies.find('stream')).toEqual([['text', 'stop']]);
});

test.each([1, 3])('an end with epoch %i of a stream with epoch 2 is rejected', async (epoch) => {
  expect(await endWith(end, epoch)).toBe(false);

  expect((await rows.find('stream'))?.end).toBeUndefined();
  expect(await bodies.find('stream')).toBeUndefined();
});

test('after the epoch is raised, only the new epoch can end the stream', async () => {
  await database.write([rows.raiseEpoch({ ...stream, epoch: 3 })]);

  expect(await endWith(end)).toBe(false);
  expect(await endWith(end, 3)).toBe(true);
});

/** Returns SQLite's plan of a query. */
const planOf = (sql: string) => database.all(`explain query plan ${sql}`).map(({ detail }) => String(detail));

test('counting the streams of a user uses indexes', async () => {
  const { sql } = new StreamDirectory(database).countStartsQuery({ userId: 'ada', since: 0, until: 1 });

  const plan = planOf(sql);

  expect(plan).toContainEqual(expect.stringMatching(/open_streams_of_user \(user_id=\? AND ended_at=\?\)/));
  expect(plan).toContainEqual(
    expect.stringMatching(/streams_of_user \(user_id=\? AND created_at>\? AND created_at<\?\)/),
  );
});

test('erasing one conversation reads its streams only, and erasing everything reads them in order', () => {
  const removal = new StreamRemoval(database);
  const planFor = (of: { sessionId?: string }) =>
    planOf(removal.erasableQuery({ userId: 'ada', until: 1, ...of }, 0).sql);

  expect(planFor({ sessionId: 's' })).toContainEqual(
    expect.stringMatching(/streams_of_session \(user_id=\? AND session_id=\?\)/),
  );
  expect(planFor({})).toContainEqual(expect.stringMatching(/streams_of_user \(user_id=\? AND created_at>\?/));
  for (const plan of [planFor({ sessionId: 's' }), planFor({})]) expect(plan.join()).not.toMatch(/SCAN|TEMP B-TREE/);
});
