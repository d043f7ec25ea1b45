// Starting: a stream, its idempotency key and the extra rows are created together, exactly once.
import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { expectRowChange } from '../../database/database.ts';
import { type Current, note, notesIn, readStored, start } from './store-under-test.testing.ts';

export function startingPromises(current: Current): void {
  const again = (key: string, userId = 'ada', requestHash = 'hash') => ({
    streamId: ulid(),
    userId,
    idempotency: { key, requestHash },
  });

  test('a new stream can be found, belongs to its owner, and is empty', async () => {
    const { store } = current();

    const { streamId } = await start(store, { sessionId: 'session' });

    expect(await store.find(streamId)).toEqual({
      streamId,
      userId: 'ada',
      sessionId: 'session',
      isStopRequested: false,
      isForgotten: false,
      end: undefined,
      scopes: {},
    });
    expect(await readStored(store, streamId)).toEqual([]);
  });

  test('an unknown stream is not found and cannot be opened', async () => {
    const { store } = current();

    expect(await store.find('nothing')).toBeUndefined();
    expect(await store.open('nothing', () => {})).toBeUndefined();
  });

  test('of two concurrent starts with the same key one is new, and the other gets its stream', async () => {
    const { store, directory } = current();
    const twins = [again('key'), again('key', 'ada', 'other hash')];

    const created = await Promise.all(twins.map((twin) => store.create(twin)));

    expect(created.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    const winner = created.findIndex(({ isNew }) => isNew);
    const told = { streamId: twins[winner]?.streamId, requestHash: twins[winner]?.idempotency.requestHash };
    expect(created[1 - winner]).toEqual({ isNew: false, ...told });
    expect(await directory.findStart('ada', 'key')).toEqual(told);
    expect((await directory.countStarts('ada', 0)).active).toBe(1);
  });

  test('a later start with the same key gets the first stream, also after its end', async () => {
    const { store } = current();
    const first = again('key');
    const created = await store.create(first);
    if (created.isNew) await store.end(created.stream, { finishReason: 'stop' });

    const second = await store.create(again('key'));

    expect(second).toEqual({ isNew: false, streamId: first.streamId, requestHash: 'hash' });
  });

  test('a start with the same key gets the first stream after a crash', async () => {
    const { store, reopen } = current();
    const first = again('key');
    await store.create(first);

    const reopened = await reopen();

    expect(await reopened.create(again('key'))).toMatchObject({ isNew: false, streamId: first.streamId });
  });

  test('the same key of another user starts another stream', async () => {
    const { store, directory } = current();
    await store.create(again('key', 'ada'));

    const created = await store.create(again('key', 'bob'));

    expect(created.isNew).toBe(true);
    expect(await directory.findStart('carol', 'key')).toBeUndefined();
  });

  test('starts without a key are all new', async () => {
    const { store, directory } = current();

    await Promise.all([start(store), start(store)]);

    expect((await directory.countStarts('ada', 0)).active).toBe(2);
  });

  test('extra rows are written with the start', async () => {
    const { store, database } = current();

    await start(store, { extraStatements: [note(database, 'one'), note(database, 'two')] });

    expect(await notesIn(database)).toEqual(['one', 'two']);
  });

  test('a repeated start writes none of its extra rows', async () => {
    const { store, database } = current();

    await Promise.all(
      ['first', 'second'].map((words) => store.create({ ...again('key'), extraStatements: [note(database, words)] })),
    );

    expect(await notesIn(database)).toHaveLength(1);
  });

  test('an extra row that violates a constraint rolls back its start, and no other', async () => {
    const { store, database, directory } = current();
    const bad = again('bad');
    const good = again('good');

    const outcomes = await Promise.allSettled([
      store.create({ ...bad, extraStatements: [note(database, 'same'), note(database, 'same')] }),
      store.create({ ...good, extraStatements: [note(database, 'good')] }),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await store.find(bad.streamId)).toBeUndefined();
    expect(await directory.findStart('ada', 'bad')).toBeUndefined();
    expect(await notesIn(database)).toEqual(['good']);
  });

  test('an expected row change that does not happen is a conflict and rolls back the start', async () => {
    const { store, database, directory } = current();
    const stream = again('key');
    const nobody = database.query.updateTable('conversations').set({ title: 'x' }).where('user_id', '=', 'nobody');

    const creating = store.create({
      ...stream,
      extraStatements: [note(database, 'one'), expectRowChange(nobody.compile())],
    });

    await expect(creating).rejects.toMatchObject({ name: 'StreamError', code: 'conflict' });
    expect(await store.find(stream.streamId)).toBeUndefined();
    expect(await directory.findStart('ada', 'key')).toBeUndefined();
    expect(await notesIn(database)).toEqual([]);
  });

  test('open streams are counted per user and found by conversation', async () => {
    const { store, directory } = current();
    const stream = await start(store, { sessionId: 'session' });
    await start(store, { userId: 'bob', sessionId: 'session of bob' });

    const counted = await directory.countStarts('ada', 0);
    expect(counted).toMatchObject({ active: 1, recent: 1 });
    expect(await directory.findActive('ada', 'session')).toBe(stream.streamId);
    expect(await directory.findActive('ada', 'session of bob')).toBeUndefined();

    await store.end(stream, { finishReason: 'stop' });

    expect(await directory.countStarts('ada', 0)).toEqual({ ...counted, active: 0 });
    const { firstRecentAt = 0 } = counted;
    expect(await directory.countStarts('ada', firstRecentAt)).toEqual({
      active: 0,
      recent: 0,
      firstRecentAt: undefined,
    });
    expect(await directory.findActive('ada', 'session')).toBeUndefined();
  });
}
