import { expect, test } from 'vitest';
import { SettledClock } from './settled-clock.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Creates a clock whose two sources the test controls. */
function createTestClock() {
  let [wall, monotonic] = [Date.UTC(2026, 10, 28), 5_000];
  const clock = new SettledClock({ settleMs: hour, now: () => wall, elapsed: () => monotonic });
  return {
    clock,
    pass: (ms: number) => {
      wall += ms;
      monotonic += ms;
    },
    set: (ms: number) => {
      wall += ms;
    },
  };
}

test('the clock of a new process is settled after an hour', () => {
  const { clock, pass } = createTestClock();

  expect(clock.read().isSettled).toBe(false);
  pass(59 * minute);
  expect(clock.read().isSettled).toBe(false);
  pass(minute);
  expect(clock.read()).toMatchObject({ isSettled: true, hasJumped: false });
});

test.each([
  ['a week ahead', 7 * 24 * hour],
  ['two hours back', -2 * hour],
])('a clock that is set %s is settled after an hour', (_, jump) => {
  const { clock, pass, set } = createTestClock();
  pass(hour);

  set(jump);

  expect(clock.read()).toMatchObject({ isSettled: false, hasJumped: true });
  pass(59 * minute);
  expect(clock.read()).toMatchObject({ isSettled: false, hasJumped: false });
  pass(minute);
  expect(clock.read().isSettled).toBe(true);
});

test('a clock that is set back and forth is settled an hour after the last jump', () => {
  const { clock, pass, set } = createTestClock();
  pass(hour);

  for (let i = 0; i < 10; i++) {
    set(i % 2 === 0 ? 7 * 24 * hour : -7 * 24 * hour);
    expect(clock.read().isSettled).toBe(false);
    pass(30 * minute);
  }

  pass(30 * minute);
  expect(clock.read().isSettled).toBe(true);
});

test('a clock that gains an hour in small steps has jumped, and one corrected by a second has not', () => {
  const { clock, pass, set } = createTestClock();
  pass(hour);

  set(1_000);
  expect(clock.read().isSettled).toBe(true);
  set(50 * minute);
  expect(clock.read().isSettled).toBe(true);
  set(50 * minute);
  expect(clock.read()).toMatchObject({ isSettled: false, hasJumped: true });
});
