import { limits, type StreamEvent } from '@sillage/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unitsOf } from './contract/store-under-test.testing.ts';
import { LiveStream } from './live-stream.ts';
import type { NewEvent } from './stream-store.ts';

function liveWith(events: readonly NewEvent[], stored?: number): LiveStream {
  const live = new LiveStream();
  for (const event of events) live.append(event);
  live.markStored(stored ?? live.appended);
  return live;
}

const text = (text: string): NewEvent => ({ type: 'text', text });
const reasoning = (text: string): NewEvent => ({ type: 'reasoning', text });

function readAll(live: LiveStream, after = 0): StreamEvent[] {
  const events: StreamEvent[] = [];
  for (let event = live.next(after); event !== undefined; event = live.next(event.offset)) events.push(event);
  return events;
}

describe('reading', () => {
  test('ends at the stored offset, even within an append', () => {
    const live = liveWith([text('Hello'), text(' world')], 7);

    expect(readAll(live)).toEqual([{ type: 'text', text: 'Hello w', offset: 7 }]);
    expect(live.next(7)).toBeUndefined();
    expect(live.appended).toBe(11);
  });

  test('never returns less than was stored before', () => {
    const live = liveWith([text('Hello')]);

    live.markStored(2);

    expect(live.stored).toBe(5);
  });

  test('returns the same event object to readers at the same offset, until more is stored', () => {
    const live = liveWith([text('Hello'), text('!')], 5);

    const event = live.next(2);
    expect(live.next(2)).toBe(event);

    live.markStored(6);
    expect(live.next(2)).toEqual({ type: 'text', text: 'llo!', offset: 6 });
  });

  test('returns the end after the text, and nothing after the end', () => {
    const live = liveWith([text('Hi')]);
    const end = { type: 'end', offset: 3, finishReason: 'stop' } as const;

    live.markEnded(end);

    expect([live.next(1), live.next(2), live.next(3), live.next(4)]).toEqual([
      { type: 'text', text: 'i', offset: 2 },
      end,
      undefined,
      undefined,
    ]);
  });

  test('cuts before a surrogate pair that crosses the limit', () => {
    const filled = 'x'.repeat(limits.eventLength - 1);
    const live = liveWith([text(`${filled}🌊`), text('!')]);

    expect(readAll(live)).toEqual([
      { type: 'text', text: filled, offset: limits.eventLength - 1 },
      { type: 'text', text: '🌊!', offset: limits.eventLength + 2 },
    ]);
  });

  test('is the same for any number of pieces, at every stored offset', () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 12 });
    const event = fc.record<NewEvent>({ type: fc.constantFrom('text', 'reasoning'), text: words });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), fc.nat(), fc.nat(), (events, someStored, someAfter) => {
        const whole = unitsOf(events);
        const live = liveWith(events, 0);
        live.markStored(someStored % (whole.length + 1));
        const after = someAfter % (live.stored + 1);
        fc.pre(!live.isTorn(after) && !live.isTorn(live.stored));

        expect(unitsOf(readAll(live, after)).join()).toBe(whole.slice(after, live.stored).join());
      }),
      { numRuns: 150 },
    );
  });
});

describe('the whole text', () => {
  const events = [reasoning('a'), text('b'), text(''), text('c'), reasoning('d')];

  test('is joined by kind', () => {
    expect(
      [liveWith(events).piecesOf('text'), liveWith(events).piecesOf('reasoning')].map((pieces) => pieces.join('')),
    ).toEqual(['bc', 'ad']);
  });

  test('is stored as runs', () => {
    expect([...liveWith(events).bodyParts(100)]).toEqual([
      [
        ['reasoning', 'a'],
        ['text', 'bc'],
        ['reasoning', 'd'],
      ],
    ]);
  });

  test('is stored as few runs, however many deltas there were', () => {
    const live = liveWith(Array.from({ length: 100_000 }, () => text('word ')));

    expect([...live.bodyParts(1_000_000)]).toEqual([[['text', 'word '.repeat(100_000)]]]);
  });

  test('is stored in parts that are not cut within a pair; more text changes only the last one', () => {
    const part = 20_001;
    const [before, after] = [`${'东'.repeat(20_000)}🌊${'京'.repeat(19_999)}`, '🎉'.repeat(15_000)];
    const live = liveWith([text(before)]);
    const parts = [...live.bodyParts(part)];
    live.append(text(after));
    const more = [...live.bodyParts(part)];

    expect(parts.map((body) => body.map(([, written]) => written.length))).toEqual([[20_000], [20_001]]);
    expect(more.slice(0, 2)).toEqual(parts);
    expect(more.flat().map(([, written]) => written.isWellFormed())).toEqual(Array(more.length).fill(true));
    expect(more.flatMap((body) => body.map(([, written]) => written)).join('')).toBe(before + after);
  });

  test('that is empty is stored as one empty part', () => {
    expect([...new LiveStream().bodyParts(10)]).toEqual([[]]);
  });
});

describe('readers', () => {
  test('are notified once for each change until they leave, also from within a notification', () => {
    const live = liveWith([text('Hello')], 0);
    const woken: string[] = [];
    live.open(() => woken.push('stays'));
    const leaving = live.open(() => {
      woken.push('leaves');
      leaving.close();
    });

    live.markStored(2);
    live.markStored(2);
    live.markStored(5);

    expect(woken).toEqual(['stays', 'leaves', 'stays']);
  });

  test('may be opened twice with the same callback', () => {
    const live = liveWith([text('Hello')], 0);
    let woken = 0;
    const wake = () => {
      woken++;
    };
    const leaving = live.open(wake);
    live.open(wake);

    leaving.close();
    live.markStored(5);

    expect(woken).toBe(1);
  });

  test('count as absent from the moment when the last one leaves', () => {
    let now = 1_000;
    const live = new LiveStream({ now: () => now });
    now += 10;
    expect(live.unread).toEqual({ forMs: 10, wasRead: false });

    const [leaving, leavingToo] = [live.open(() => {}), live.open(() => {})];
    now += 100;
    leaving.close();
    expect(live.unread).toBeUndefined();
    leavingToo.close();
    now += 5;
    leavingToo.close(); // leaving twice is leaving once

    expect(live.unread).toEqual({ forMs: 5, wasRead: true });
  });
});
