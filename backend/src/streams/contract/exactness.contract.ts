// Exactness: any text, however divided into appends, reads the same from any offset, live, after the end, after a crash.
import { limits, type StreamEvent } from '@sillage/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NewEvent } from '../stream-store.ts';
import {
  type Current,
  follow,
  openView,
  readNow,
  readStored,
  start,
  text,
  unitsOf,
} from './store-under-test.testing.ts';

const words = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '0'));
const longWords = fc
  .tuple(words, fc.nat({ max: 2 * limits.eventLength }))
  .map(([some, length]) => some.padEnd(length, '🌊a'));
const event: fc.Arbitrary<NewEvent> = fc.record({
  type: fc.constantFrom('text', 'text', 'reasoning'),
  text: fc
    .oneof({ weight: 20, arbitrary: words }, { weight: 1, arbitrary: longWords })
    .map((some) => some.toWellFormed()),
});
const reply = fc.array(fc.array(event, { maxLength: 4 }), { maxLength: 90 });
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

export function exactnessPromises(current: Current): void {
  test('any events, in any appends, read as the same text from any offset', async () => {
    await fc.assert(
      fc.asyncProperty(reply, fractions, async (appends, cuts) => {
        const { store } = current();
        const stream = await start(store);
        const whole = unitsOf(appends.flat());
        const live = follow(store, stream.streamId);

        await Promise.all(appends.map((events) => store.append(stream, events)));
        const view = await openView(store, stream.streamId);
        const offsets = [0, ...cuts.map((cut) => Math.floor(cut * whole.length))].filter((at) => !view.isTorn(at));
        for (const after of offsets) expectExact(readNow(view, after), { after, whole });
        view.close();
        await store.end(stream, { finishReason: 'stop' });

        expectExact(await live, { after: 0, whole });
        for (const after of offsets) expectExact(await readStored(store, stream.streamId, after), { after, whole });
      }),
      { numRuns: 60 },
    );
  });

  test('any events, in any appends, read as the same text after a crash', async () => {
    const { store, reopen } = current();
    const replies = fc.sample(reply, 8);
    const streams = await Promise.all(replies.map(() => start(store)));
    await Promise.all(
      replies.flatMap((appends, n) => appends.map((events) => streams[n] && store.append(streams[n], events))),
    );

    const reopened = await reopen();
    await reopened.takeOver();

    for (const [n, { streamId }] of streams.entries()) {
      expectExact(await readStored(reopened, streamId), { after: 0, whole: unitsOf((replies[n] ?? []).flat()) });
    }
  });

  test('a reply of a million units in many deltas can be read from any offset, in few events', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    const delta = 'Ein Satz über das Meer 🌊 und so fort.\n';
    const count = Math.ceil(1_000_000 / delta.length);
    const whole = delta.repeat(count);

    const appends = Array.from({ length: count }, () => store.append(stream, [text(delta)]));
    const length = (await Promise.all(appends)).at(-1);

    expect(length).toBe(whole.length);
    const reopened = await reopen();
    await reopened.takeOver();
    for (const each of [store, reopened]) {
      for (const after of [0, 1, 16_383, 16_384, 500_001, 777_777, whole.length - 3]) {
        const events = await readStored(each, stream.streamId, after);
        expect(events.map((event) => (event.type === 'text' ? event.text : '')).join('') === whole.slice(after)).toBe(
          true,
        );
        expect(events.length).toBeLessThanOrEqual(Math.ceil((whole.length - after) / (limits.eventLength - 1)));
      }
    }
  });
}

/** Expects exactly the text past `after`, with correct offsets, well-formed and within the length limit. */
function expectExact(events: readonly StreamEvent[], { after, whole }: { after: number; whole: string[] }): void {
  expect(unitsOf(events).join('')).toBe(whole.slice(after).join(''));
  let offset = after;
  for (const event of events) {
    const length = event.type === 'end' ? 1 : event.text.length;
    expect(event.offset).toBe(offset + length);
    if (event.type !== 'end') expect(event.text.isWellFormed() && length <= limits.eventLength).toBe(true);
    offset = event.offset;
  }
}
