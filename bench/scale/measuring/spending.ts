// Shared by every measurement: the cost of some work, and the pause between two measurements.
import { setTimeout as delay } from 'node:timers/promises';
import { type Cost, excess, noCost, times } from '../model/cost.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';
import { between, readCounters } from './counters.ts';
import { readInfo } from './redis-info.ts';

/** A testbed, and the cost of an idle second. */
export interface Baseline {
  readonly testbed: ClusterTestbed;
  readonly idle: Cost;
}

/** The duration of a measurement: long enough for events that happen twice a second. */
export const windowMs = 15_000;
/** Long enough for Redis to expire the texts of ended streams. */
const restMs = 13_000;

/** Returns the cost of `work` beyond that of an idle cluster. */
export async function measureCost({ testbed, idle }: Baseline, work: () => Promise<unknown>) {
  const before = await readCounters(testbed);
  await work();
  return between(before, await readCounters(testbed), idle);
}

/** Divides a cost by `count` and prints it, because a run takes minutes. Negative values are noise. */
export function shareOf(name: string, cost: Cost, count: number): Cost {
  const share = excess(times(cost, 1 / count), noCost);
  console.error(
    `${name}: ${JSON.stringify(share, (_, value) => (typeof value === 'number' ? rounded(value) : value))}`,
  );
  return share;
}

/** Closes all streams and waits until the cluster is idle. */
export async function rest(testbed: ClusterTestbed): Promise<void> {
  await testbed.closeAll();
  await delay(restMs);
}

/** Returns the memory of Redis in bytes. */
export async function redisMemory({ cluster }: ClusterTestbed): Promise<number> {
  return readInfo(await cluster.redis.command('info', 'all')).memoryBytes;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
