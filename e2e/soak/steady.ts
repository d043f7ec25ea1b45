// Runs a soak and expects the server to be afterwards as it was before.
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from '@sillage/testing';
import { expect } from 'vitest';
import { type Rest, readRest, type SoakResult, startSampling } from './measurements.ts';
import type { Soak } from './soak.ts';

/** Caches of ended replies and compiled code grow at first. A leak grows with the replies. */
const maxGrowthMb = 5;

/** Size of a soak: `SOAK_SECONDS`, `SOAK_STREAMS` and `SOAK_SEED`, or a short one. */
export const size = {
  seconds: Number(process.env.SOAK_SECONDS ?? 60),
  streams: Number(process.env.SOAK_STREAMS ?? 30),
  seed: Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000),
};

/** The limit of a test that runs a soak, in ms. */
export const soakTimeout = (size.seconds * 3 + 300) * 1_000;

/** Timers of tasks such as a sweep, which may wait at one moment and not at another. A leak grows with the replies. */
const backgroundTimers = 3;

/** Runs the soak after a warm-up; expects every fault to have happened, `server` to have no more open than before, and no
 *  more memory in use. `pooled` is the number of connections that its pool may have opened meanwhile. */
export async function expectSteady(
  soak: Soak,
  server: ServerProcess,
  { pooled = 0 }: { pooled?: number } = {},
): Promise<SoakResult> {
  const { seconds, streams } = size;
  await soak.run(Math.min(60, seconds / 5)); // until the heap has its usual size
  const before = await restOf(server);
  const sampling = startSampling(server.pid, () => soak.replies);
  try {
    await soak.run(seconds);
  } finally {
    sampling.stop();
  }
  const after = await restOf(server, before);

  const { samples } = sampling;
  const { counts } = soak;
  const rest = JSON.stringify({ before, after });
  expect(Math.min(...Object.values(counts)), JSON.stringify(counts)).toBeGreaterThan(0);
  expect(after.descriptors, rest).toBeLessThanOrEqual(before.descriptors + pooled);
  const ofPool = 2 * pooled; // a connection and its idle timer
  expect(after.resources, rest).toBeLessThanOrEqual(before.resources + ofPool + backgroundTimers);
  expect(after.liveMb, rest).toBeLessThan(before.liveMb + maxGrowthMb);
  return { date: new Date().toISOString().slice(0, 10), seconds, streams, counts, before, after, samples };
}

/** Waits until the server has no more open than `limit`, or, for two seconds, no less than before. Returns what it has. */
async function restOf(server: ServerProcess, limit?: Rest): Promise<Rest> {
  let rest = await readRest(server);
  for (let quiet = 0; quiet < 8; quiet++) {
    if (limit && rest.descriptors <= limit.descriptors && rest.resources <= limit.resources) return rest;
    await delay(250);
    const next = await readRest(server);
    if (next.descriptors < rest.descriptors || next.resources < rest.resources) quiet = 0;
    rest = next;
  }
  return rest;
}
