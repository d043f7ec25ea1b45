// Stamps are read by the million; one read wrongly would show as a delay that never was.
import { expect, test } from 'vitest';
import { microsBetween, nowMicros, stampAt, stampOf } from './clock.ts';

test('a stamp is read from the bytes around it', () => {
  const bytes = Buffer.from(`{"content":"~${stampOf(1234567)}"}`);

  expect(stampAt(bytes, bytes.indexOf('~') + 1)).toBe(1234567);
});

test('an incomplete stamp is not a stamp', () => {
  expect(stampAt(Buffer.from('~00012'), 1)).toBeUndefined();
});

test('time differences are positive, also across the wrap', () => {
  const earlier = nowMicros();

  expect(microsBetween(earlier, nowMicros())).toBeLessThan(1_000_000);
  expect(microsBetween(9_999_999_990, 10)).toBe(20);
});
