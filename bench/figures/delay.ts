// How long a token is on its way from the upstream to the client, in milliseconds, and how many streams one core holds
// before that shows; infinite where the tokens did not come at their pace. The row of the upstream itself says what the harness adds: beyond it nothing can be said.
import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, type Scene, warm } from '../figure.ts';

const pace = 20;
const boundMs = 100;
const mostTried = 3200;
const patienceMs = 10_000;

/** Measures the way of a token at 1,000 and at 2,000 streams. */
export const tokenDelay: Figure = {
  name: 'delay',
  withDirect: true,
  columns: [
    { key: 'delay1000P50', title: 'token delay at 1,000 streams: p50 ms', decimals: 1 },
    { key: 'delay1000P99', title: 'p99 ms', decimals: 0 },
    { key: 'delay2000P50', title: 'at 2,000: p50 ms', decimals: 1 },
    { key: 'delay2000P99', title: 'p99 ms', decimals: 0 },
  ],
  measure: async (scene) => {
    await warm(scene);
    const thousand = await delaysOf(scene, 1000);
    const two = await delaysOf(scene, 2000);
    return {
      delay1000P50: thousand.p50,
      delay1000P99: thousand.p99,
      delay2000P50: two.p50,
      delay2000P99: two.p99,
    };
  },
};

/** Searches the most streams whose tokens come within 100 ms at p99, to the next hundred (quick: four hundred). */
export const capacity: Figure = {
  name: 'capacity',
  withDirect: true,
  columns: [
    { key: 'capacity', title: 'most streams x 20/s, p99 < 100 ms', decimals: 0, against: 'pipe', moreIsBetter: true },
  ],
  measure: async (scene) => {
    await warm(scene);
    const resolution = scene.isQuick ? 400 : 100;
    let held = 0;
    let tried = resolution * 2;
    while (tried <= mostTried && (await holds(scene, tried))) {
      held = tried;
      tried *= 2;
    }
    for (let over = Math.min(tried, mostTried + resolution); over - held > resolution; ) {
      const middle = Math.round((held + over) / 2 / resolution) * resolution;
      if (await holds(scene, middle)) held = middle;
      else over = middle;
    }
    return { capacity: held };
  },
};

/** Tried twice, since one pause of the machine is no limit. */
async function holds(scene: Scene, streams: number): Promise<boolean> {
  for (let attempt = 0; attempt < (scene.isQuick ? 1 : 2); attempt++) {
    const { p99 } = await delaysOf(scene, streams);
    if (p99 < boundMs) return true;
  }
  return false;
}

/** A server that so many streams overwhelm has no delays to speak of: they are infinite. */
async function delaysOf(scene: Scene, streams: number): Promise<{ p50: number; p99: number }> {
  try {
    const ms = scene.isQuick ? 1_500 : 4_000;
    const { p50, p99, count } = await delaysWithin(scene, { streams, ms });
    if (count >= 0.9 * streams * pace * (ms / 1000)) return { p50, p99 };
  } catch (error) {
    console.error(`${streams} streams: ${error instanceof Error ? error.message : error}`);
  } finally {
    await scene.closeAll();
    await pause(1_000);
  }
  return { p50: Number.POSITIVE_INFINITY, p99: Number.POSITIVE_INFINITY };
}

async function delaysWithin({ load, subject }: Scene, { streams, ms }: { streams: number; ms: number }) {
  const requests = [subject.ask({ tokens: 1_000_000, rate: pace, stamped: true })];
  await load.open({ port: subject.port, requests, count: streams, rampMs: streams * 3, patienceMs });
  await pause(1_000);
  await load.takeDelays();
  await pause(ms);
  return load.takeDelays();
}
