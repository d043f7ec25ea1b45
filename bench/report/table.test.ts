// Ratios are what the table is read for.
import { expect, test } from 'vitest';
import { ratiosTo, tableOf } from './table.ts';

const cpu = { key: 'cpu', title: 'CPU', decimals: 1, against: 'pipe' };
const capacity = { key: 'most', title: 'most', decimals: 0, against: 'pipe', moreIsBetter: true };
const figures = [{ name: 'all', columns: [cpu, capacity] }];
const values = { pipe: { cpu: [2, 4, 3], most: [1000] }, ours: { cpu: [6, 6, 60], most: [500] } };
const results = { all: { date: '2026-01-01', rounds: 3, values } };

test('a line holds medians, and their ratios to the row that the column is measured against', () => {
  expect(tableOf(figures, ['pipe', 'ours', 'absent'], results)).toEqual([
    ['', 'pipe', 'ours', 'absent'],
    ['CPU', '3.0 (1.00)', '6.0 (2.00)', '-'],
    ['most', '1,000 (1.00)', '500 (0.50)', '-'],
  ]);
});

test('what is measured at a larger size has its ratio to the smaller one', () => {
  const columns = [cpu, { key: 'most', title: 'more', decimals: 0, grownFrom: 'cpu' }];

  expect(tableOf([{ name: 'all', columns }], ['ours'], results)[2]).toEqual(['more', '500 (83.33)']);
});

test('in ratios to one row, more than 1 always means that this row is better', () => {
  expect(ratiosTo('ours', figures, ['pipe', 'ours'], results).slice(1)).toEqual([
    ['CPU', '0.50 x', '1.00 x'],
    ['most', '0.50 x', '1.00 x'],
  ]);
});
