// The simulation agrees with what can be worked out, and with itself.
import { expect, test } from 'vitest';
import { mergedShare } from '../model/demand.ts';
import { simulateNodeDeath } from './node-death.ts';
import { seeded } from './random.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

const options: SimulationOptions = {
  streams: 500,
  nodes: 4,
  shards: 1,
  tickMs: 5,
  pace: 20,
  tokensAReply: 100,
  readElsewhere: 0.2,
  roundTripMs: 0.5,
  appendMicros: 10,
  rangeMicros: 10,
  seconds: 5,
};

test('the numbers of streams under way and of starts match the options', () => {
  const { streams, replies, tokens } = simulate({ ...options, streams: 4_000, seconds: 2 });

  expect(streams / 4_000).toBeCloseTo(1, 1);
  expect(replies / 800).toBeCloseTo(1, 1); // 4,000 streams of 5 s
  expect(tokens / 80_000).toBeCloseTo(1, 1);
});

test('tokens that arrive within a tick share an append, as in the model', () => {
  for (const tickMs of [5, 50]) {
    const { tokens, appends } = simulate({ ...options, tickMs });

    expect(appends / tokens / mergedShare((20 * tickMs) / 1000)).toBeCloseTo(1, 1);
  }
});

test('a token waits half a tick on average and at most a whole one, twice that on another node', () => {
  const { home, elsewhere } = simulate({ ...options, tickMs: 50 });

  expect(home.p50).toBeGreaterThan(22);
  expect(home.p99).toBeLessThan(53);
  expect(elsewhere.p50).toBeGreaterThan(home.p50 + 20);
  expect(elsewhere.p99).toBeLessThan(105);
});

test('an overloaded Redis delays tokens and receives more of them per append', () => {
  const { busy, home, appends, tokens } = simulate({ ...options, appendMicros: 150 });

  expect(busy).toBeGreaterThan(0.95);
  expect(home.p99).toBeGreaterThan(20);
  expect(appends / tokens).toBeLessThan(0.8);
});

test('the same seed gives the same result, another does not', () => {
  expect(simulate({ ...options, seed: 7 })).toEqual(simulate({ ...options, seed: 7 }));
  expect(simulate({ ...options, seed: 7 })).not.toEqual(simulate({ ...options, seed: 8 }));
});

test('readers of a dead node reconnect spread over the random delay of the clients', () => {
  const death = { nodes: 5, streams: 400, readers: 400, openMicros: 1_000, busy: 0.5 };

  const atOnce = simulateNodeDeath({ ...death, jitterMs: 0 });
  const spread = simulateNodeDeath({ ...death, jitterMs: 1_000 });

  expect(atOnce.away.p99).toBeGreaterThan(190); // about 100 readers, 2 ms each
  expect(spread.mostComingASecond).toBeLessThan(atOnce.mostComingASecond / 3);
  expect(spread.interrupted).toBe(400);
});

test('random numbers have the expected means', () => {
  const random = seeded(3);
  const meanOf = (draw: () => number) => Array.from({ length: 50_000 }, draw).reduce((a, b) => a + b, 0) / 50_000;

  expect(meanOf(() => random.uniform())).toBeCloseTo(0.5, 2);
  expect(meanOf(() => random.exponential(2))).toBeCloseTo(2, 1);
  expect(meanOf(() => random.logNormal(1, 0.8))).toBeCloseTo(Math.exp(0.32), 1);
  expect(meanOf(() => random.below(10))).toBeCloseTo(4.5, 1);
});
