// Every number of the table goes through these.
import { expect, test } from 'vitest';
import { percentile } from './percentiles.ts';

test('a percentile is the sample with that share of the others below it', () => {
  const samples = Array.from({ length: 100 }, (_, i) => 99 - i);

  expect(percentile(samples, 0.5)).toBe(50);
  expect(percentile(samples, 0.99)).toBe(99);
  expect(percentile([], 0.5)).toBeNaN();
});
