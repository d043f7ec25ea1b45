// Costs are plain arithmetic; a slip here would be in every table.
import { expect, test } from 'vitest';
import { beyond, free, paidBy, sumOf, times } from './cost.ts';

const token = { ...free, nodeCpuMicros: 50, redisAsked: 1, postgresWrites: 2 };

test('costs add up, each currency for itself', () => {
  expect(sumOf([times(token, 3), { ...free, redisAsked: 4 }])).toEqual({
    ...free,
    nodeCpuMicros: 150,
    redisAsked: 7,
    postgresWrites: 6,
  });
});

test('what costs less than the other costs nothing more', () => {
  const other = { ...free, nodeCpuMicros: 20, redisAsked: 3 };

  expect(beyond(token, other)).toEqual({ ...free, nodeCpuMicros: 30, postgresWrites: 2 });
});

test('a cost can be narrowed to one place', () => {
  expect(paidBy('postgres', token)).toEqual({ ...free, postgresWrites: 2 });
});
