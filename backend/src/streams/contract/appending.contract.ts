// Appending: offsets count UTF-16 units, text is visible only after it is stored, and only the producer may append.
import { expect, test } from 'vitest';
import {
  type Current,
  follow,
  openView,
  readNow,
  readStored,
  reasoning,
  start,
  text,
} from './store-under-test.testing.ts';

export function appendingPromises(current: Current): void {
  test('an append resolves with the offset after it, in UTF-16 units', async () => {
    const { store } = current();
    const stream = await start(store);

    expect(await store.append(stream, [text('Hello')])).toBe(5);
    expect(await store.append(stream, [reasoning('hm'), text(' 🌍')])).toBe(10);
    expect(await store.append(stream, [])).toBe(10);
  });

  test('concurrent appends keep the order of the calls', async () => {
    const { store } = current();
    const stream = await start(store);

    const offsets = await Promise.all(['a', 'bc', 'd'].map((words) => store.append(stream, [text(words)])));

    expect(offsets).toEqual([1, 3, 4]);
    expect(await readStored(store, stream.streamId)).toEqual([{ type: 'text', text: 'abcd', offset: 4 }]);
  });

  test('empty deltas are dropped', async () => {
    const { store } = current();
    const stream = await start(store);

    await store.append(stream, [text(''), text('a'), reasoning(''), text('b'), text('')]);

    expect(await store.append(stream, [text('')])).toBe(2);
    expect(await readStored(store, stream.streamId)).toEqual([{ type: 'text', text: 'ab', offset: 2 }]);
  });

  test('text and reasoning keep their order', async () => {
    const { store } = current();
    const stream = await start(store);

    await store.append(stream, [reasoning('a'), reasoning('b'), text('c')]);
    await store.append(stream, [text('d'), reasoning('e')]);

    expect(await readStored(store, stream.streamId)).toEqual([
      { type: 'reasoning', text: 'ab', offset: 2 },
      { type: 'text', text: 'cd', offset: 4 },
      { type: 'reasoning', text: 'e', offset: 5 },
    ]);
  });

  test('text is not visible before it is stored', async () => {
    const { store } = current();
    const stream = await start(store);
    const view = await openView(store, stream.streamId);

    const appending = store.append(stream, [text('Hello')]);

    expect([view.stored, readNow(view)]).toEqual([0, []]);
    await appending;
    expect([view.stored, readNow(view)]).toEqual([5, [{ type: 'text', text: 'Hello', offset: 5 }]]);
    view.close();
  });

  test('an append after the end is rejected, also when it races with the end', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.append(stream, [text('a')]);

    const ending = store.end(stream, { finishReason: 'stop' });
    const racing = store.append(stream, [text('b')]);

    await expect(racing).rejects.toMatchObject({ name: 'StreamError', code: 'stream-ended' });
    await ending;
    await expect(store.append(stream, [text('c')])).rejects.toMatchObject({ code: 'stream-ended' });
    expect(await readStored(store, stream.streamId)).toMatchObject([{ text: 'a' }, { type: 'end', offset: 2 }]);
  });

  test('an append that is pending when the stream ends is part of the reply', async () => {
    const { store } = current();
    const stream = await start(store);

    const appending = store.append(stream, [text('a')]);
    const { end } = await store.end(stream, { finishReason: 'stop' });

    expect([await appending, end.offset]).toEqual([1, 2]);
    expect(await follow(store, stream.streamId)).toMatchObject([{ text: 'a' }, { type: 'end' }]);
  });

  test('a producer with another epoch can neither append nor end', async () => {
    const { store } = current();
    const stream = await start(store);
    const stranger = { ...stream, epoch: stream.epoch - 1 };

    await expect(store.append(stranger, [text('x')])).rejects.toMatchObject({ name: 'StreamError', code: 'fenced' });
    await expect(store.end(stranger, { finishReason: 'stop' })).rejects.toMatchObject({ code: 'fenced' });
    expect(await store.append(stream, [text('a')])).toBe(1);
  });

  test('the store reports whether a stream has readers, and since when it has none', async () => {
    const { store } = current();
    const stream = await start(store);
    expect(store.unread(stream)).toMatchObject({ wasRead: false, forMs: expect.any(Number) });

    const views = [await openView(store, stream.streamId), await openView(store, stream.streamId)];
    expect(store.unread(stream)).toBeUndefined();
    views[0]?.close();
    views[0]?.close();
    expect(store.unread(stream)).toBeUndefined();

    views[1]?.close();
    expect(store.unread(stream)?.wasRead).toBe(true);
    expect(store.unread(stream)?.forMs).toBeLessThan(5_000);
  });
}
