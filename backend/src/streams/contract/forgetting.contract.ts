// Forgetting: the text goes first, then owner and id; keys go on their own clock; what is open stays.
import { expect, test } from 'vitest';
import { type Current, readStored, start, text, textOf } from './store-under-test.contract.ts';

const never = Number.MAX_SAFE_INTEGER / 4;
/** Older than this is everything: the clock of a database may not be the one of this process. */
const everything = -60_000;
const nothing = { retentionMs: never, forgottenMs: never, idempotencyMs: never };

export function forgettingPromises(current: Current): void {
  test('an ended stream that is old enough loses its text, and is known to be forgotten', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);
    await store.end(stream, { finishReason: 'stop' });
    await readStored(store, stream.streamId);

    await store.sweep({ ...nothing, retentionMs: everything });

    expect(await store.find(stream.streamId)).toMatchObject({ userId: 'ada', isForgotten: true, end: { offset: 6 } });
    expect(await store.open(stream.streamId, () => {})).toBeUndefined();
    expect(await (await reopen()).open(stream.streamId, () => {})).toBeUndefined();
  });

  test('a forgotten stream is unknown in the end', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.end(stream, { finishReason: 'stop' });

    await store.sweep({ ...nothing, retentionMs: everything, forgottenMs: everything });

    expect(await store.find(stream.streamId)).toBeUndefined();
  });

  test('what is young, and what is open, is not forgotten', async () => {
    const { store } = current();
    const [open, ended] = [await start(store), await start(store)];
    for (const stream of [open, ended]) await store.append(stream, [text('Hello')]);
    await store.end(ended, { finishReason: 'stop' });

    await store.sweep(nothing);
    expect(textOf(await readStored(store, ended.streamId))).toBe('Hello');

    await store.sweep({ ...nothing, retentionMs: everything, forgottenMs: everything });
    expect(await store.find(open.streamId)).toMatchObject({ isForgotten: false });
    expect(textOf(await readStored(store, open.streamId))).toBe('Hello');
    expect(await store.append(open, [text('!')])).toBe(6);
  });

  test('an idempotency key that is old enough starts anew', async () => {
    const { store } = current();
    const idempotency = { key: 'key', requestHash: 'hash' };
    const first = await start(store, { idempotency });

    await store.sweep({ ...nothing, idempotencyMs: everything });

    expect(await store.findStart('ada', 'key')).toBeUndefined();
    expect((await start(store, { idempotency })).streamId).not.toBe(first.streamId);
  });
}
