// Ratios are what the table is read for.
import { expect, test } from 'vitest';
import { markdownTable, ratiosTo, tableOf } from './table.ts';

const cpu = { key: 'cpu', title: 'CPU', decimals: 1, against: 'pipe' };
const capacity = { key: 'most', title: 'most', decimals: 0, against: 'pipe', moreIsBetter: true };
const servers = ['pipe', 'ours'];
const measured = new Map([
  [
    'pipe',
    new Map([
      ['cpu', [2, 4, 3]],
      ['most', [1000]],
    ]),
  ],
  [
    'ours',
    new Map([
      ['cpu', [6, 6, 60]],
      ['most', [500]],
    ]),
  ],
]);

test('a line holds medians, and their ratios to the row that the column is measured against', () => {
  expect(tableOf([cpu], servers, measured)).toEqual([
    ['', 'pipe', 'ours'],
    ['CPU', '3.0 (1.00)', '6.0 (2.00)'],
  ]);
});

test('a missing value is a dash', () => {
  expect(tableOf([cpu], ['pipe', 'absent'], measured)[1]).toEqual(['CPU', '3.0 (1.00)', '-']);
});

test('in ratios to one server, more than 1 always means that this server is better', () => {
  expect(ratiosTo('ours', [cpu, capacity], servers, measured).slice(1)).toEqual([
    ['CPU', '0.50 x', '1.00 x'],
    ['most', '0.50 x', '1.00 x'],
  ]);
});

test('numbers are aligned on the right', () => {
  expect(
    markdownTable([
      ['', 'a'],
      ['CPU', '3.0'],
    ]),
  ).toBe('|     |   a |\n| --- | --: |\n| CPU | 3.0 |');
});
