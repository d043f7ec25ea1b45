// The window moves with time only, never with reads.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PeakWindow } from './peak-window.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function source() {
  let peak = 0;
  return {
    measure: (value: number) => {
      peak = Math.max(peak, value);
    },
    peak: () => peak,
    reset: () => {
      peak = 0;
    },
  };
}

test('every read within the window sees the peak, whoever has read before', () => {
  const delays = source();
  const window = new PeakWindow(delays);
  delays.measure(0.3);

  const reads: number[] = [];
  for (let second = 0; second < 60; second++) {
    reads.push(window.read(), window.read());
    vi.advanceTimersByTime(1_000);
  }
  vi.advanceTimersByTime(5_000);
  const later = window.read();
  window.stop();

  expect(new Set(reads)).toEqual(new Set([0.3]));
  expect(later).toBe(0);
});

test('a peak is seen by the first read after it, even if nobody read before', () => {
  const delays = source();
  const window = new PeakWindow(delays);

  delays.measure(0.5);
  vi.advanceTimersByTime(55_000);
  delays.measure(0.1);
  const first = window.read();
  vi.advanceTimersByTime(10_000);
  const second = window.read();
  window.stop();

  expect([first, second]).toEqual([0.5, 0.1]);
});

test('a stopped window has no timer', () => {
  new PeakWindow(source()).stop();

  expect(vi.getTimerCount()).toBe(0);
});
