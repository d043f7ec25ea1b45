// Ending: exactly once, with its reason, its usage and the rows alongside.
import { expect, test } from 'vitest';
import { type Current, follow, note, notesIn, openView, reasoning, start, text } from './store-under-test.contract.ts';

export function endingPromises(current: Current): void {
  test('an end counts one, and says why, what it cost and what failed', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);
    const usage = { promptTokens: 9, completionTokens: 2 };

    const end = await store.end(stream, { finishReason: 'error', code: 'provider-timeout', usage });

    expect(end).toEqual({ type: 'end', offset: 6, finishReason: 'error', code: 'provider-timeout', usage });
    expect((await store.find(stream.streamId))?.end).toEqual(end);
    expect((await (await reopen()).find(stream.streamId))?.end).toEqual(end);
  });

  test('a reply without a word ends too', async () => {
    const { store } = current();
    const stream = await start(store);

    const end = await store.end(stream, { finishReason: 'stopped' });

    expect(end.offset).toBe(1);
    expect(await follow(store, stream.streamId)).toEqual([end]);
  });

  test('an end takes with it what is still being appended', async () => {
    const { store } = current();
    const stream = await start(store);
    const appending = store.append(stream, [text('Hello')]);

    const end = await store.end(stream, { finishReason: 'stopped' });

    expect(await appending).toBe(5);
    expect(await follow(store, stream.streamId)).toEqual([{ type: 'text', text: 'Hello', offset: 5 }, end]);
  });

  test('of several ends at once one wins, everybody is told which, and only its rows are written', async () => {
    const { store, database } = current();
    const stream = await start(store);
    const reasons = ['stop', 'stopped', 'interrupted'] as const;

    const ends = await Promise.all(
      reasons.map((finishReason) => store.end(stream, { finishReason }, () => [note(database, finishReason)])),
    );

    expect(new Set(ends.map(({ finishReason }) => finishReason)).size).toBe(1);
    expect(await notesIn(database)).toEqual([ends[0]?.finishReason]);
    expect((await store.find(stream.streamId))?.end).toEqual(ends[0]);
  });

  test('a later end changes nothing, and is told the first', async () => {
    const { store, database } = current();
    const stream = await start(store);
    const first = await store.end(stream, { finishReason: 'stop' });

    const second = await store.end(stream, { finishReason: 'stopped' }, () => [note(database, 'second')]);

    expect(second).toEqual(first);
    expect(await notesIn(database)).toEqual([]);
  });

  test('rows alongside are built from the whole reply without its reasoning, and from the end', async () => {
    const { store, database } = current();
    const stream = await start(store);
    await store.append(stream, [reasoning('hm'), text('Hello')]);
    await store.append(stream, [text(' world')]);

    await store.end(stream, { finishReason: 'stop' }, (reply, end) => [note(database, `${reply.text}/${end.offset}`)]);

    expect(await notesIn(database)).toEqual(['Hello world/14']);
  });

  test('an end whose rows cannot be written has not happened, and can be tried again', async () => {
    const { store, database } = current();
    const stream = await start(store, { extraStatements: [note(database, 'there')] });
    const woken: string[] = [];
    const view = await openView(store, stream.streamId, () => woken.push('woken'));

    const failing = store.end(stream, { finishReason: 'stop' }, () => [note(database, 'new'), note(database, 'there')]);

    await expect(failing).rejects.toThrow();
    expect([await notesIn(database), (await store.find(stream.streamId))?.end, view.end]).toEqual([
      ['there'],
      undefined,
      undefined,
    ]);
    expect(woken).toEqual([]);
    expect(await store.append(stream, [text('a')])).toBe(1);
    expect(await store.end(stream, { finishReason: 'stop' })).toMatchObject({ offset: 2, finishReason: 'stop' });
    view.close();
  });

  test('an end whose rows cannot even be built fails alone', async () => {
    const { store } = current();
    const [broken, sound] = [await start(store), await start(store)];

    const outcomes = await Promise.allSettled([
      store.end(broken, { finishReason: 'stop' }, () => {
        throw new TypeError('a bug');
      }),
      store.append(sound, [text('a')]),
    ]);

    expect(outcomes).toMatchObject([{ status: 'rejected', reason: { message: 'a bug' } }, { value: 1 }]);
  });

  test('a stop that a person wants is stored, and harmless after the end', async () => {
    const { store } = current();
    const [open, ended] = [await start(store), await start(store)];
    const end = await store.end(ended, { finishReason: 'stop' });

    await Promise.all([store.requestStop(open.streamId), store.requestStop(ended.streamId)]);

    expect(await store.find(open.streamId)).toMatchObject({ isStopRequested: true, end: undefined });
    expect(await store.find(ended.streamId)).toMatchObject({ isStopRequested: false, end });
  });

  test('a stop that a person wants is told to who produces the stream', async () => {
    const { store } = current();
    const [open, ended] = [await start(store), await start(store)];
    await store.end(ended, { finishReason: 'stop' });
    const told: string[] = [];
    store.watch({ endWanted: (streamId) => told.push(streamId), orphansFound: () => {} });

    await Promise.all([store.requestStop(open.streamId), store.requestStop(ended.streamId)]);

    await expect.poll(() => told).toContain(open.streamId);
    expect(told).not.toContain(ended.streamId);
  });
}
