// Two readings of the counters make every cost there is.
import { expect, test } from 'vitest';
import { noCost } from '../model/cost.ts';
import { between } from './counters.ts';

test('the cost between two readings leaves out that of an idle cluster', () => {
  const before = { atMs: 1_000, tokens: 10, cost: { ...noCost, redisRequests: 100 } };
  const after = { atMs: 3_000, tokens: 50, cost: { ...noCost, redisRequests: 180 } };

  expect(between(before, after, { ...noCost, redisRequests: 5 })).toEqual({
    cost: { ...noCost, redisRequests: 70 },
    tokens: 40,
    seconds: 2,
  });
});
