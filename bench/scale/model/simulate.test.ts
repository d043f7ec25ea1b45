// The simulation agrees with what can be worked out. Its averages are compared with those of the model in docs/scaling.md:
// `document.test.ts`.
import { expect, test } from 'vitest';
import { noCost } from './cost.ts';
import { inputsOf, mergedShare } from './demand.ts';
import { loadMeasured, unitsOf } from './measured.ts';
import { simulateNodeDeath } from './node-death.ts';
import { simulate } from './simulate.ts';

const measured = { ...loadMeasured(), pace: 20 };
const cluster = { streams: 500, nodes: 4, redisServers: 1 };

function inputs({ appendEveryMs = 5, appendMicros = 10 } = {}) {
  const command = (redisCpuMicros: number) => ({ ...noCost, redisCpuMicros });
  const units = { ...unitsOf(measured), token: command(appendMicros), readingNode: command(10) };
  return { ...inputsOf(measured, { tokensAReply: 100, readElsewhere: 0.2, appendEveryMs }), units };
}

test('tokens that arrive within a tick share an append, as in the model', () => {
  for (const appendEveryMs of [5, 50]) {
    const { tokens, appends } = simulate(cluster, inputs({ appendEveryMs }));

    expect(appends / tokens / mergedShare((20 * appendEveryMs) / 1000)).toBeCloseTo(1, 1);
  }
});

test('a token waits half a tick on average and at most a whole one, twice that on another node', () => {
  const { home, elsewhere } = simulate(cluster, inputs({ appendEveryMs: 50 }));

  expect(home.p50).toBeGreaterThan(22);
  expect(home.p99).toBeLessThan(53);
  expect(elsewhere.p50).toBeGreaterThan(home.p50 + 20);
  expect(elsewhere.p99).toBeLessThan(105);
});

test('an overloaded Redis delays tokens and receives more of them per append', () => {
  const { busy, home, appends, tokens } = simulate(cluster, inputs({ appendMicros: 150 }));

  expect(busy).toBeGreaterThan(0.95);
  expect(home.p99).toBeGreaterThan(20);
  expect(appends / tokens).toBeLessThan(0.8);
});

test('readers of a dead node reconnect spread over the random delay of the clients', () => {
  const units = { ...unitsOf(measured), token: { ...noCost, nodeCpuMicros: 62.5 } };
  const death = {
    ...inputsOf(measured, { fullNode: 0.5 }),
    units: { ...units, open: { ...noCost, nodeCpuMicros: 1_000 } },
  };

  const atOnce = simulateNodeDeath({ nodes: 5, jitterMs: 0 }, death);
  const spread = simulateNodeDeath({ nodes: 5, jitterMs: 1_000 }, death);

  expect(atOnce.readers).toBe(400); // 20 tokens a second each, and half a second of CPU time
  expect(atOnce.away.p99).toBeGreaterThan(190); // about 100 readers, 2 ms each
  expect(spread.mostComingASecond).toBeLessThan(atOnce.mostComingASecond / 3);
});
