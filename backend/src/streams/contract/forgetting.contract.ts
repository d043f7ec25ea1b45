// Forgetting: the text is deleted first, the row later; idempotency keys have an age of their own; open streams are kept.
import { expect, test } from 'vitest';
import { type Current, readStored, start, text, textOf } from './store-under-test.testing.ts';

const never = Number.MAX_SAFE_INTEGER / 4;
/** Everything is older than this, even if the clock of the database differs from that of this process. */
const everything = -60_000;
const nothing = { retentionMs: never, forgottenMs: never, idempotencyMs: never };

export function forgettingPromises(current: Current): void {
  const sweep = async (ages: typeof nothing) => {
    for await (const _ of current().removal.sweep(Date.now(), ages));
  };

  test('the text of an old ended stream is deleted, and the stream is marked as forgotten', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);
    await store.end(stream, { finishReason: 'stop' });
    await readStored(store, stream.streamId);

    await sweep({ ...nothing, retentionMs: everything });

    expect(await store.find(stream.streamId)).toMatchObject({ userId: 'ada', isForgotten: true, end: { offset: 6 } });
    expect(await store.open(stream.streamId, () => {})).toBeUndefined();
    expect(await (await reopen()).open(stream.streamId, () => {})).toBeUndefined();
  });

  test('the row of an old forgotten stream is deleted', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.end(stream, { finishReason: 'stop' });

    await sweep({ ...nothing, retentionMs: everything, forgottenMs: everything });

    expect(await store.find(stream.streamId)).toBeUndefined();
  });

  test('recent streams and open streams are not forgotten', async () => {
    const { store } = current();
    const [open, ended] = [await start(store), await start(store)];
    for (const stream of [open, ended]) await store.append(stream, [text('Hello')]);
    await store.end(ended, { finishReason: 'stop' });

    await sweep(nothing);
    expect(textOf(await readStored(store, ended.streamId))).toBe('Hello');

    await sweep({ ...nothing, retentionMs: everything, forgottenMs: everything });
    expect(await store.find(open.streamId)).toMatchObject({ isForgotten: false });
    expect(textOf(await readStored(store, open.streamId))).toBe('Hello');
    expect(await store.append(open, [text('!')])).toBe(6);
  });

  test('an old idempotency key is deleted and can start a new stream', async () => {
    const { store, directory } = current();
    const idempotency = { key: 'key', requestHash: 'hash' };
    const first = await start(store, { idempotency });

    await sweep({ ...nothing, idempotencyMs: everything });

    expect(await directory.findStart('ada', 'key')).toBeUndefined();
    expect((await start(store, { idempotency })).streamId).not.toBe(first.streamId);
  });
}
