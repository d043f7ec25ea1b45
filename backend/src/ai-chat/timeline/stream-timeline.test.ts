// The timeline of a stream: exact where it matters, and bounded.
import { expect, test } from 'vitest';
import { Progress } from './progress.ts';
import { mostReaders, StreamTimeline } from './stream-timeline.ts';

test('offsets without a gap are one part, and each gap separates parts exactly', () => {
  const progress = new Progress();
  for (const [offset, ms] of [
    [5, 10.4],
    [9, 60],
    [12, 110],
    [20, 700.6],
    [21, 750],
  ] as const)
    progress.note(offset, ms);

  expect(progress.parts).toEqual([
    { offset: 12, fromMs: 10, untilMs: 110 },
    { offset: 21, fromMs: 701, untilMs: 750 },
  ]);
});

test('an hour of gaps stays within 120 parts, keeps the longest one, and ends where the text ends', () => {
  const progress = new Progress();
  let ms = 0;
  for (let offset = 1; offset <= 20_000; offset++) {
    ms += offset === 7_000 ? 90_000 : 150;
    progress.note(offset, ms);
  }

  const { parts } = progress;
  const gaps = parts.slice(1).map(({ fromMs }, index) => fromMs - (parts[index]?.untilMs ?? 0));
  expect(parts.length).toBeLessThanOrEqual(120);
  expect(Math.max(...gaps)).toBe(90_000);
  expect(parts.find(({ offset }) => offset === 6_999)).toBeDefined();
  expect(parts.at(-1)).toMatchObject({ offset: 20_000, untilMs: ms });
});

test('of many readers the newest are kept, open ones longest', () => {
  const timeline = new StreamTimeline({ now: () => 0 });
  const first = timeline.open(0, () => {});
  for (let after = 1; after <= 60; after++) timeline.open(after, () => {}).close();

  const { readers, omittedReaders } = timeline.body;
  expect([readers.length, omittedReaders]).toEqual([mostReaders, 11]);
  expect([readers[0]?.after, readers[1]?.after, readers.at(-1)?.after]).toEqual([0, 12, 60]);
  expect(timeline.hasReaders).toBe(true);
  first.close();
  expect(timeline.hasReaders).toBe(false);
});

test('text that waits for the store when the reply ends is stored with the end, and not noted again', () => {
  const timeline = new StreamTimeline({ now: () => 0 });
  timeline.read(5);
  timeline.stored(5);
  timeline.read(9);

  timeline.end();
  timeline.stored(7);

  expect(timeline.body.stored).toEqual([{ offset: 9, fromMs: 0, untilMs: 0 }]);
});
