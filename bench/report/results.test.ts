// What is measured and saved is what every table is made from.
import { expect, test } from 'vitest';
import { decode, encode, measureInTurn, medianOf } from './results.ts';

test('rows are measured in turn, and a row that fails is a gap', async () => {
  const order: string[] = [];
  const exitCode = process.exitCode;

  const result = await measureInTurn('cpu', {
    rounds: 2,
    rows: [{ name: 'a' }, { name: 'broken' }, { name: 'b' }],
    measure: async ({ name }) => {
      order.push(name);
      if (name === 'broken') throw new Error('It is broken.');
      return { cpu: order.length };
    },
  });

  expect(order.join(' ')).toBe('a broken b a broken b');
  expect(result).toMatchObject({ rounds: 2, values: { a: { cpu: [1, 4] }, b: { cpu: [3, 6] } } });
  expect(medianOf(result, 'a', 'cpu')).toBe(2.5);
  expect(medianOf(result, 'broken', 'cpu')).toBeNaN();
  expect(process.exitCode).toBe(1);
  process.exitCode = exitCode;
});

test('results survive encoding, to four digits', () => {
  const ours = { p50: [6, Number.POSITIVE_INFINITY], p99: [7, Number.NaN], cpu: [1.23456] };
  const results = { delay: { date: '2026-01-01', rounds: 2, values: { ours } } };

  expect(decode(encode(results)).delay?.values.ours).toEqual({ ...ours, cpu: [1.235] });
  expect(encode(results)).toContain('"p50": [6, "Infinity"]'); // as the formatter wants it
});
