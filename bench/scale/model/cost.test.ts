// Costs are plain arithmetic; a slip here would be in every table.
import { expect, test } from 'vitest';
import { excess, noCost, paidBy, sumOf, times } from './cost.ts';

const token = { ...noCost, nodeCpuMicros: 50, redisRequests: 1, postgresWrites: 2 };

test('costs add up, each resource separately', () => {
  expect(sumOf([times(token, 3), { ...noCost, redisRequests: 4 }])).toEqual({
    ...noCost,
    nodeCpuMicros: 150,
    redisRequests: 7,
    postgresWrites: 6,
  });
});

test('a negative difference of costs is zero', () => {
  const other = { ...noCost, nodeCpuMicros: 20, redisRequests: 3 };

  expect(excess(token, other)).toEqual({ ...noCost, nodeCpuMicros: 30, postgresWrites: 2 });
});

test('a cost can be narrowed to one place', () => {
  expect(paidBy('postgres', token)).toEqual({ ...noCost, postgresWrites: 2 });
});
