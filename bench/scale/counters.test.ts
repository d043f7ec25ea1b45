// Two readings of the counters make every cost there is.
import { expect, test } from 'vitest';
import { free } from './cost.ts';
import { between } from './counters.ts';

test('what was spent between two moments is without what nothing would have cost', () => {
  const before = { atMs: 1_000, tokens: 10, cost: { ...free, redisAsked: 100 } };
  const after = { atMs: 3_000, tokens: 50, cost: { ...free, redisAsked: 180 } };

  expect(between(before, after, { ...free, redisAsked: 5 })).toEqual({
    cost: { ...free, redisAsked: 70 },
    tokens: 40,
    seconds: 2,
  });
});
