// Reading: from any offset, early, late or after the end, merged and never within a surrogate pair.
import { limits } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { type Current, follow, openView, readStored, start, text, textOf } from './store-under-test.testing.ts';

export function readingPromises(current: Current): void {
  test('the text after any offset is merged into one event', async () => {
    const { store } = current();
    const stream = await start(store);
    for (const words of ['Hel', 'lo', ' wor', 'ld']) await store.append(stream, [text(words)]);

    expect(await readStored(store, stream.streamId)).toEqual([{ type: 'text', text: 'Hello world', offset: 11 }]);
    expect(await readStored(store, stream.streamId, 4)).toEqual([{ type: 'text', text: 'o world', offset: 11 }]);
    expect(await readStored(store, stream.streamId, 11)).toEqual([]);
    expect(await readStored(store, stream.streamId, 12)).toEqual([]);
  });

  test('an event never exceeds the length limit and never cuts a surrogate pair', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.append(stream, [text(`a${'🌊'.repeat(limits.eventLength)}`)]);

    const events = await readStored(store, stream.streamId);

    expect(events.map(({ offset }) => offset)).toEqual([16_383, 32_767, 32_769]);
    expect(events.every((event) => event.type === 'text' && event.text.isWellFormed())).toBe(true);
    expect(textOf(events)).toBe(`a${'🌊'.repeat(limits.eventLength)}`);
  });

  test('an offset within a surrogate pair is torn, any other is not', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.append(stream, [text('a🌊b')]);

    const view = await openView(store, stream.streamId);

    expect([0, 1, 2, 3, 4, 5].map((after) => view.isTorn(after))).toEqual([false, false, true, false, false, false]);
    view.close();
  });

  test('readers are notified of new text and of the end', async () => {
    const { store } = current();
    const stream = await start(store);
    const readers = [1, 2, 3].map(() => follow(store, stream.streamId));

    await store.append(stream, [text('Hello')]);
    const late = follow(store, stream.streamId, 2);
    await store.append(stream, [text(' world')]);
    const { end } = await store.end(stream, { finishReason: 'stop' });

    for (const events of await Promise.all(readers)) {
      expect(textOf(events)).toBe('Hello world');
      expect(events.at(-1)).toEqual(end);
    }
    expect(textOf(await late)).toBe('llo world');
  });

  test('a reader that opens the stream after its end can read everything, or only the end', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);
    const { end } = await store.end(stream, { finishReason: 'stop' });

    expect(await readStored(store, stream.streamId)).toEqual([{ type: 'text', text: 'Hello', offset: 5 }, end]);
    expect(await readStored(store, stream.streamId, 5)).toEqual([end]);
    expect(await readStored(store, stream.streamId, 6)).toEqual([]);
  });

  test('a view reports the stored offset and the end as they change', async () => {
    const { store } = current();
    const stream = await start(store);
    const view = await openView(store, stream.streamId);
    await store.append(stream, [text('Hello')]);
    expect([view.stored, view.end]).toEqual([5, undefined]);

    const { end } = await store.end(stream, { finishReason: 'length' });

    expect([view.stored, view.end]).toEqual([6, end]);
    view.close();
  });

  test('a closed view is not notified again; other views are', async () => {
    const { store } = current();
    const stream = await start(store);
    const woken: string[] = [];
    const gone = await openView(store, stream.streamId, () => woken.push('gone'));
    const here = await openView(store, stream.streamId, () => woken.push('here'));

    gone.close();
    await store.append(stream, [text('Hello')]);
    await store.end(stream, { finishReason: 'stop' });

    expect(new Set(woken)).toEqual(new Set(['here']));
    here.close();
  });

  test('streams do not mix', async () => {
    const { store } = current();
    const streams = await Promise.all(['one', 'two', 'three'].map(() => start(store)));

    const letters = [...'abcdefghij'];
    await Promise.all(
      letters.flatMap((letter) => streams.map((stream, n) => store.append(stream, [text(`${letter}${n}`)]))),
    );

    const texts = await Promise.all(streams.map(async ({ streamId }) => textOf(await readStored(store, streamId))));
    expect(texts).toEqual(streams.map((_, n) => letters.map((letter) => `${letter}${n}`).join('')));
  });
}
