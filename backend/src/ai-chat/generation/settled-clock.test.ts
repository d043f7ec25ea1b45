import { expect, test } from 'vitest';
import { SettledClock } from './settled-clock.ts';

const minute = 60_000;
const hour = 60 * minute;

/** A clock with both of its sources in hand. */
function clockOfTests() {
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

test('the clock of a new process is believed after an hour', () => {
  const { clock, pass } = clockOfTests();

  expect(clock.read().isSettled).toBe(false);
  pass(59 * minute);
  expect(clock.read().isSettled).toBe(false);
  pass(minute);
  expect(clock.read()).toMatchObject({ isSettled: true, hasJumped: false });
});

test.each([
  ['a week ahead', 7 * 24 * hour],
  ['two hours back', -2 * hour],
])('a clock that is set %s is believed when it has lasted for an hour', (_, jump) => {
  const { clock, pass, set } = clockOfTests();
  pass(hour);

  set(jump);

  expect(clock.read()).toMatchObject({ isSettled: false, hasJumped: true });
  pass(59 * minute);
  expect(clock.read()).toMatchObject({ isSettled: false, hasJumped: false });
  pass(minute);
  expect(clock.read().isSettled).toBe(true);
});

test('a clock that is set right again is believed an hour later, and not while it jumps to and fro', () => {
  const { clock, pass, set } = clockOfTests();
  pass(hour);

  for (let i = 0; i < 10; i++) {
    set(i % 2 === 0 ? 7 * 24 * hour : -7 * 24 * hour);
    expect(clock.read().isSettled).toBe(false);
    pass(30 * minute);
  }

  pass(30 * minute);
  expect(clock.read().isSettled).toBe(true);
});

test('a clock that gains an hour by small steps has jumped, one that is put right by a second has not', () => {
  const { clock, pass, set } = clockOfTests();
  pass(hour);

  set(1_000);
  expect(clock.read().isSettled).toBe(true);
  set(50 * minute);
  expect(clock.read().isSettled).toBe(true);
  set(50 * minute);
  expect(clock.read()).toMatchObject({ isSettled: false, hasJumped: true });
});
