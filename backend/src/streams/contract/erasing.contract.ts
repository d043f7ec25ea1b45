// Erasing: no word stays and nothing can be read, but what it cost; what others wrote is as it was.
import { expect, test } from 'vitest';
import type { ErasureScope } from '../../database/erasures.ts';
import { type Current, readStored, start, text, textOf } from './store-under-test.testing.ts';

const usage = { promptTokens: 3, completionTokens: 4 };

export function erasingPromises(current: Current): void {
  /** Hides what was started so far, as the mark of an erasure does. */
  const mark = async ({ userId, sessionId = '' }: ErasureScope) => {
    const { database } = current();
    const started = await database.query
      .selectFrom('streams')
      .select(({ fn }) => fn.max('created_at').as('at'))
      .executeTakeFirstOrThrow();
    const until = Number(started.at);
    const row = { user_id: userId, session_id: sessionId, until, created_at: until, purged_at: null };
    await database.write([database.query.insertInto('erasures').values(row).compile()]);
    return until;
  };
  /** Hides and purges it; returns the steps that took. */
  const erase = async (of: ErasureScope) => {
    const until = await mark(of);
    let steps = 0;
    const { store, removal } = current();
    for await (const _ of removal.erase({ ...of, until }, Date.now())) steps++;
    for await (const _ of store.dropErased()) steps++;
    return steps;
  };
  const said = async (sessionId: string, words: string, userId = 'ada') => {
    const { store } = current();
    const stream = await start(store, { userId, sessionId, idempotency: { key: words, requestHash: 'a hash' } });
    await store.append(stream, [text(words)]);
    await store.end(stream, { finishReason: 'stop', usage });
    return stream.streamId;
  };

  test('the streams of an erased conversation are unknown, also after a restart', async () => {
    const { store, reopen } = current();
    const [erased, other, foreign] = [await said('s1', 'one'), await said('s2', 'two'), await said('s1', 'x', 'bob')];

    await erase({ userId: 'ada', sessionId: 's1' });

    for (const opened of [store, await reopen()]) {
      expect(await opened.find(erased)).toBeUndefined();
      expect(textOf(await readStored(opened, other))).toBe('two');
      expect(textOf(await readStored(opened, foreign))).toBe('x');
    }
  });

  test('streams and keys are unknown as soon as they are marked, but not those of later starts', async () => {
    const { store, directory } = current();
    const [ofSession, other] = [await said('s1', 'one'), await said('s2', 'two')];

    await mark({ userId: 'ada', sessionId: 's1' });
    const next = await said('s1', 'next');
    expect(await store.find(ofSession)).toBeUndefined();
    expect(await directory.findStart('ada', 'one')).toMatchObject({ requestHash: '' });
    expect([await store.find(other), await store.find(next)]).toEqual([expect.anything(), expect.anything()]);

    await mark({ userId: 'ada' });
    const last = await said('s1', 'last');
    expect([await store.find(other), await store.find(next)]).toEqual([undefined, undefined]);
    await erase({ userId: 'ada', sessionId: 'none' });
    expect(textOf(await readStored(store, last))).toBe('last');
  });

  test('many streams are purged in bounded steps, and an interrupted purge continues later', async () => {
    const { database, removal } = current();
    for (let i = 0; i < 120; i++) await said('s1', `words ${i}`);
    const until = await mark({ userId: 'ada' });

    for await (const _ of removal.erase({ userId: 'ada', until }, Date.now())) break; // as a restart would cut it off
    const bodies = () => database.query.selectFrom('stream_bodies').select('stream_id').execute();
    expect((await bodies()).length).toBe(70);
    let steps = 0;
    for await (const _ of removal.erase({ userId: 'ada', until }, Date.now())) steps++;

    expect(steps).toBeGreaterThanOrEqual(2);
    expect(await bodies()).toEqual([]);
  });

  test('all streams of an erased user are unknown', async () => {
    const { store } = current();
    const ids = [await said('s1', 'one'), await said('s2', 'two')];
    const foreign = await said('s1', 'x', 'bob');

    await erase({ userId: 'ada' });

    expect(await Promise.all(ids.map((id) => store.find(id)))).toEqual([undefined, undefined]);
    expect(await store.find(foreign)).toBeDefined();
  });

  test('no text of an erased stream is in the tables, and its usage is', async () => {
    const { store, database, directory } = current();
    const open = await start(store); // holds the journal back
    await store.append(open, [text('mine')]);
    const streamId = await said('s1', 'secret words');

    await erase({ userId: 'ada', sessionId: 's1' });
    await directory.addUsage(streamId, usage);
    await directory.addUsage(streamId, usage);

    expect(await database.query.selectFrom('stream_bodies').selectAll().execute()).toEqual([]);
    const row = await database.query
      .selectFrom('streams')
      .selectAll()
      .where('stream_id', '=', streamId)
      .executeTakeFirst();
    expect(row).toMatchObject({ user_id: 'ada', session_id: null, prompt_tokens: 3, completion_tokens: 4 });
    expect(row).toMatchObject({ extra_prompt_tokens: 6, extra_completion_tokens: 8 });
    const reopened = await current().reopen();
    await reopened.takeOver();
    expect(textOf(await readStored(reopened, open.streamId))).toBe('mine');
  });

  test('the idempotency key of an erased stream still leads to its id, without the hash of the request', async () => {
    const { directory } = current();
    const streamId = await said('s1', 'one');

    await erase({ userId: 'ada' });

    expect(await directory.findStart('ada', 'one')).toEqual({ streamId, requestHash: '' });
  });

  test('a stream that is erased while it is open ends, and leaves no text', async () => {
    const { store, database } = current();
    const stream = await start(store, { sessionId: 's1' });
    await store.append(stream, [text('Hello')]);

    await erase({ userId: 'ada' });

    expect(await store.end(stream, { finishReason: 'stop' })).toMatchObject({
      end: { finishReason: 'stop' },
      isOwn: true,
    });
    expect(await database.query.selectFrom('stream_bodies').selectAll().execute()).toEqual([]);
    expect(await store.find(stream.streamId)).toBeUndefined();
  });

  test('a stream whose row is deleted while it is open ends without an error', async () => {
    const { store, database } = current();
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);
    await database.write([database.query.deleteFrom('streams').where('stream_id', '=', stream.streamId).compile()]);

    const ended = await store.end(stream, { finishReason: 'stop' });

    expect(ended).toEqual({ end: { type: 'end', finishReason: 'stop', offset: 6 }, isOwn: true });
  });

  test('the open streams of a user are listed', async () => {
    const { store, directory } = current();
    const open = await start(store);
    await said('s1', 'one');
    await start(store, { userId: 'bob' });

    expect(await directory.listActive('ada')).toEqual([open.streamId]);
  });
}
