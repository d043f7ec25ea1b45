// The throttle on a clock of the test.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Throttle } from './throttle.ts';

let runs: number;
let throttle: Throttle;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate'] });
  runs = 0;
  throttle = new Throttle(5, () => runs++);
});
afterEach(() => void vi.useRealTimers());

/** Schedules a run in every millisecond of a second. */
function scheduleForOneSecond(options?: { isUrgent: boolean }): void {
  for (let ms = 0; ms < 1_000; ms++) {
    throttle.schedule(options);
    vi.advanceTimersByTime(1);
  }
}

test('throttled runs are at most 200 a second, after a few at once', () => {
  scheduleForOneSecond();

  expect(runs).toBeGreaterThan(150);
  expect(runs).toBeLessThanOrEqual(205);
});

test('an urgent run waits for no timer, and takes along a run that does', () => {
  scheduleForOneSecond();
  throttle.schedule();
  const before = runs;

  throttle.schedule({ isUrgent: true });
  vi.advanceTimersByTime(0);

  expect(runs).toBe(before + 1);
  vi.advanceTimersByTime(100);
  expect(runs).toBe(before + 1);
});

test('many urgent runs delay the next throttled one by one interval, not by their number', () => {
  scheduleForOneSecond({ isUrgent: true });
  expect(runs).toBeGreaterThan(950);
  const before = runs;

  throttle.schedule();
  vi.advanceTimersByTime(5);

  expect(runs).toBe(before + 1);
});
