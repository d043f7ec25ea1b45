// The simulation agrees with what can be worked out, and with itself.
import { expect, test } from 'vitest';
import { nodeDies } from './node-death.ts';
import { seeded } from './random.ts';
import { mergedShare } from './rates.ts';
import { type Play, simulate } from './simulate.ts';

const play: Play = {
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

test('as many streams are under way as there should be, and as many replies start', () => {
  const { streams, replies, tokens } = simulate({ ...play, streams: 4_000, seconds: 2 });

  expect(streams / 4_000).toBeCloseTo(1, 1);
  expect(replies / 800).toBeCloseTo(1, 1); // 4,000 streams of 5 s
  expect(tokens / 80_000).toBeCloseTo(1, 1);
});

test('tokens that come within a tick go to Redis together, as the model says', () => {
  for (const tickMs of [5, 50]) {
    const { tokens, appends } = simulate({ ...play, tickMs });

    expect(appends / tokens / mergedShare((20 * tickMs) / 1000)).toBeCloseTo(1, 1);
  }
});

test('a token waits half a tick on average and a whole one at most, twice where another node reads it', () => {
  const { home, elsewhere } = simulate({ ...play, tickMs: 50 });

  expect(home.p50).toBeGreaterThan(22);
  expect(home.p99).toBeLessThan(53);
  expect(elsewhere.p50).toBeGreaterThan(home.p50 + 20);
  expect(elsewhere.p99).toBeLessThan(105);
});

test('a Redis that is asked for more than it can do makes tokens wait, and gets more of them at a time', () => {
  const { busy, home, appends, tokens } = simulate({ ...play, appendMicros: 150 });

  expect(busy).toBeGreaterThan(0.95);
  expect(home.p99).toBeGreaterThan(20);
  expect(appends / tokens).toBeLessThan(0.8);
});

test('the same seed plays the same, another does not', () => {
  expect(simulate({ ...play, seed: 7 })).toEqual(simulate({ ...play, seed: 7 }));
  expect(simulate({ ...play, seed: 7 })).not.toEqual(simulate({ ...play, seed: 8 }));
});

test('readers of a dead node come back over the pause of their clients, and not all at once', () => {
  const death = { nodes: 5, streams: 400, readers: 400, openMicros: 1_000, busy: 0.5 };

  const atOnce = nodeDies({ ...death, jitterMs: 0 });
  const spread = nodeDies({ ...death, jitterMs: 1_000 });

  expect(atOnce.away.p99).toBeGreaterThan(190); // about 100 readers, 2 ms each
  expect(spread.mostComingASecond).toBeLessThan(atOnce.mostComingASecond / 3);
  expect(spread.interrupted).toBe(400);
});

test('drawn numbers have the means that they should have', () => {
  const random = seeded(3);
  const meanOf = (draw: () => number) => Array.from({ length: 50_000 }, draw).reduce((a, b) => a + b, 0) / 50_000;

  expect(meanOf(() => random.uniform())).toBeCloseTo(0.5, 2);
  expect(meanOf(() => random.exponential(2))).toBeCloseTo(2, 1);
  expect(meanOf(() => random.logNormal(1, 0.8))).toBeCloseTo(Math.exp(0.32), 1);
  expect(meanOf(() => random.below(10))).toBeCloseTo(4.5, 1);
});
