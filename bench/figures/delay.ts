// Token delay from the upstream to the client in milliseconds, and the number of streams that one core holds before the
// delay grows; infinite where tokens arrive below their pace. The row `direct` shows what the harness itself adds.
import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, requestsFor, type Trial } from './figure.ts';

const pace = 20;
const boundMs = 100;
const mostTried = 3200;
const patienceMs = 10_000;

/** Measures the token delay at 1,000 and at 2,000 streams. */
export const tokenDelay: Figure = {
  name: 'delay',
  withDirect: true,
  columns: [
    { key: 'delay1000P50', title: 'token delay at 1,000 streams: p50 ms', decimals: 1 },
    { key: 'delay1000P99', title: 'p99 ms', decimals: 0 },
    { key: 'delay2000P50', title: 'at 2,000: p50 ms', decimals: 1 },
    { key: 'delay2000P99', title: 'p99 ms', decimals: 0 },
  ],
  measure: async (trial) => {
    const [small, large] = [await delaysOf(trial, 1000), await delaysOf(trial, 2000)];
    return { delay1000P50: small.p50, delay1000P99: small.p99, delay2000P50: large.p50, delay2000P99: large.p99 };
  },
};

/** Finds the highest number of streams with a p99 delay below 100 ms, to the next hundred (quick: four hundred). */
export const capacity: Figure = {
  name: 'capacity',
  withDirect: true,
  columns: [
    { key: 'capacity', title: 'most streams x 20/s, p99 < 100 ms', decimals: 0, against: 'pipe', moreIsBetter: true },
  ],
  measure: async (trial) => {
    const resolution = trial.isQuick ? 400 : 100;
    let held = 0;
    let over = resolution * 2;
    for (; over <= mostTried && (await holds(trial, over)); over *= 2) held = over;
    over = Math.min(over, mostTried + resolution);
    while (over - held > resolution) {
      const middle = Math.round((held + over) / 2 / resolution) * resolution;
      if (await holds(trial, middle)) held = middle;
      else over = middle;
    }
    return { capacity: held };
  },
};

/** Tries twice, because a single pause of the machine is not a limit of the server. */
async function holds(trial: Trial, streams: number): Promise<boolean> {
  const { p99 } = await delaysOf(trial, streams);
  return p99 < boundMs || (!trial.isQuick && (await delaysOf(trial, streams)).p99 < boundMs);
}

/** Returns the delays of `streams` streams; infinite where the server is overloaded. */
async function delaysOf(trial: Trial, streams: number): Promise<{ p50: number; p99: number }> {
  const { load } = trial;
  const ms = trial.isQuick ? 1_500 : 4_000;
  try {
    const requests = requestsFor(trial, streams, { tokens: 1_000_000, rate: pace, stamped: 1 });
    await load.open(requests, { rampMs: streams * 3, patienceMs });
    await pause(1_000);
    load.takeDelays();
    await pause(ms);
    const { p50, p99, count } = load.takeDelays();
    if (count >= 0.9 * streams * pace * (ms / 1000)) return { p50, p99 };
  } catch (error) {
    console.error(`${streams} streams: ${error instanceof Error ? error.message : error}`);
  } finally {
    trial.closeAll();
    await pause(1_000);
  }
  return { p50: Number.POSITIVE_INFINITY, p99: Number.POSITIVE_INFINITY };
}
