// Shared by every measurement: the cost of an operation, and the pause between two measurements.
import { setTimeout as delay } from 'node:timers/promises';
import { type Cost, excess, noCost, times } from '../model/cost.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';
import { between, readCounters } from './counters.ts';

/** A testbed, and the cost of its idle second. */
export interface Baseline {
  readonly testbed: ClusterTestbed;
  readonly idle: Cost;
}

/** Long enough for Redis to expire the texts of ended streams. */
const restMs = 13_000;

/** Returns the cost of one of the operations that `work` does, beyond that of an idle cluster; `work` returns their number. Prints
 *  the cost, because a run takes minutes. Negative values are noise. */
export async function costPer(name: string, { testbed, idle }: Baseline, work: () => Promise<number>): Promise<Cost> {
  const before = await readCounters(testbed);
  const count = await work();
  const cost = excess(times(between(before, await readCounters(testbed), idle), 1 / count), noCost);
  console.error(`${name}:`, cost);
  return cost;
}

/** Waits long enough for events that happen twice a second, and returns the number of operations. */
export async function wait(operationsASecond: number, seconds = 15): Promise<number> {
  await delay(seconds * 1000);
  return seconds * operationsASecond;
}

/** Closes all streams and waits until the cluster is idle. */
export async function rest(testbed: ClusterTestbed): Promise<void> {
  testbed.closeAll();
  await delay(restMs);
}
