// Recovery: resolved appends, and text that a reader has seen, survive a crash of the process.
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
  textOf,
  unitsOf,
} from './store-under-test.testing.ts';

export function recoveryPromises(current: Current): void {
  test('open streams are taken over with their stored text and can be ended', async () => {
    const { store, reopen } = current();
    const streams = [await start(store), await start(store)];
    for (const [n, stream] of streams.entries()) {
      for (const words of ['Hello', ' 🌍 ', `${n}`]) await store.append(stream, [reasoning('hm'), text(words)]);
    }

    const reopened = await reopen();
    const found = await reopened.takeOver();

    expect(found.map(({ streamId }) => streamId).sort()).toEqual(streams.map(({ streamId }) => streamId).sort());
    for (const [n, { streamId }] of streams.entries()) {
      expect(textOf(await readStored(reopened, streamId))).toBe(`Hello 🌍 ${n}`);
      expect(textOf(await readStored(reopened, streamId), 'reasoning')).toBe('hmhmhm');
    }
    for (const stream of found) await reopened.end(stream, { finishReason: 'interrupted', code: 'interrupted' });
    expect((await follow(reopened, streams[0]?.streamId ?? '')).at(-1)).toMatchObject({ finishReason: 'interrupted' });
    expect((await reopened.find(streams[1]?.streamId ?? ''))?.end).toMatchObject({ finishReason: 'interrupted' });
  });

  test('text that a reader has seen survives a crash at that moment', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    const crashes: { shown: string; after: ReturnType<typeof reopen> }[] = [];
    const view = await openView(store, stream.streamId, () =>
      crashes.push({ shown: textOf(readNow(view)), after: reopen() }),
    );

    for (const words of ['a', 'bc', '🌍']) await store.append(stream, [text(words)]);

    expect(crashes.map(({ shown }) => shown)).toEqual(['a', 'abc', 'abc🌍']);
    for (const { shown, after } of crashes) {
      const reopened = await after;
      await reopened.takeOver();
      expect(textOf(await readStored(reopened, stream.streamId)).startsWith(shown)).toBe(true);
    }
    view.close();
  });

  test('of pending appends, a prefix or nothing survives a crash', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    await store.append(stream, [text('promised ')]);
    const underWay = [...'0123456789'].map((digit) => store.append(stream, [text(digit)]));

    const reopened = await reopen();

    await reopened.takeOver();
    const survived = textOf(await readStored(reopened, stream.streamId));
    expect(survived.startsWith('promised ')).toBe(true);
    expect('promised 0123456789'.startsWith(survived)).toBe(true);
    await Promise.all(underWay);
  });

  test('an ended stream is not taken over and reads the same after a crash', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    await store.append(stream, [reasoning('hm'), text('Hello')]);
    await store.end(stream, { finishReason: 'stop' });
    const before = await readStored(store, stream.streamId);

    const reopened = await reopen();

    expect(await reopened.takeOver()).toEqual([]);
    expect(await readStored(reopened, stream.streamId)).toEqual(before);
  });

  test('a requested stop survives a crash', async () => {
    const { store, reopen } = current();
    const [stopped, other] = [await start(store), await start(store)];
    await store.requestStop(stopped.streamId);

    const found = await (await reopen()).takeOver();

    const wanted = found.filter(({ isStopRequested }) => isStopRequested);
    expect([found.length, wanted.map(({ streamId }) => streamId)]).toEqual([2, [stopped.streamId]]);
    expect(found.some(({ streamId }) => streamId === other.streamId)).toBe(true);
  });

  test('a takeover fences the previous producer', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    const reopened = await reopen();
    const [taken] = await reopened.takeOver();

    await expect(reopened.append(stream, [text('x')])).rejects.toMatchObject({ code: 'fenced' });
    expect(taken && (await reopened.append(taken, [text('a')]))).toBe(1);
  });

  test('a takeover does not affect the streams that this process produces', async () => {
    const { store } = current();
    const stream = await start(store);
    await store.append(stream, [text('a')]);

    expect(await store.takeOver()).toEqual([]);

    expect(await store.append(stream, [text('b')])).toBe(2);
    expect(textOf(await readStored(store, stream.streamId))).toBe('ab');
  });

  test('a stream that was taken over can continue, whichever streams ended before the crash', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    const other = await start(store);
    await store.append(stream, [text('one ')]);
    await store.append(other, [text('x')]);
    await store.end(other, { finishReason: 'stop' }); // what it drops must not be what the first one needs

    const second = await reopen();
    const [taken] = await second.takeOver();

    if (taken !== undefined) await second.append(taken, [reasoning('hm'), text('two')]);

    const events = await readStored(second, stream.streamId);
    expect(unitsOf(events)).toEqual(unitsOf([text('one '), reasoning('hm'), text('two')]));
  });
}
