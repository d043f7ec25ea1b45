// A figure that is measured again takes the place of the old one, and of nothing else.
import { expect, test } from 'vitest';
import { decode, encode, measuredIn, mergeResults } from './saved-results.ts';

const cpu = { name: 'cpu', columns: [{ key: 'cpu', title: 'CPU', decimals: 1 }] };
const delay = {
  name: 'delay',
  columns: [
    { key: 'p50', title: 'p50', decimals: 0 },
    { key: 'p99', title: 'p99', decimals: 0 },
  ],
};
const run = { date: '2026-01-01', rounds: 2 };
const rowOf = (values: Record<string, number[]>) => new Map(Object.entries(values));
const first = new Map([
  ['pipe', rowOf({ cpu: [1, 2], p50: [3, 3], p99: [9, 9] })],
  ['ours', rowOf({ cpu: [4, 5], p50: [6, Number.POSITIVE_INFINITY], p99: [7, Number.NaN] })],
]);

test('a figure that is measured again replaces its old result and leaves the others', () => {
  const saved = mergeResults({}, [cpu, delay], first, run);

  const again = mergeResults(saved, [cpu], new Map([['pipe', rowOf({ cpu: [8] })]]), { date: '2026-01-02', rounds: 1 });

  expect(again.cpu).toEqual({ date: '2026-01-02', rounds: 1, values: { pipe: { cpu: [8] } } });
  expect(again.delay).toBe(saved.delay);
  expect(measuredIn(again).get('pipe')).toEqual(rowOf({ cpu: [8], p50: [3, 3], p99: [9, 9] }));
  expect(measuredIn(again).get('ours')).toEqual(rowOf({ p50: [6, Number.POSITIVE_INFINITY], p99: [7, Number.NaN] }));
});

test('results survive encoding, to four digits', () => {
  const saved = mergeResults({}, [cpu, delay], first, run);

  expect(decode(encode(saved))).toEqual(saved);
  expect(
    decode(encode(mergeResults({}, [cpu], new Map([['pipe', rowOf({ cpu: [1.23456] })]]), run))).cpu?.values,
  ).toEqual({
    pipe: { cpu: [1.235] },
  });
});
