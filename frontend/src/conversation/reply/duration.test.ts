import { expect, test } from 'vitest';
import { durationOf } from './duration.ts';

test.each([
  [0, '1 s'],
  [499, '1 s'],
  [12_400, '12 s'],
  [59_499, '59 s'],
  [59_500, '1 min'],
  [60_000, '1 min'],
  [125_000, '2 min 5 s'],
  [3_600_000, '60 min'],
])('%d ms are %s', (ms, words) => {
  expect(durationOf(ms).replaceAll('\u00a0', ' ')).toBe(words);
});
