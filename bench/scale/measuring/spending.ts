// What every measurement needs: the price of some work, told as it is found, and rest between one and the next.
import { setTimeout as delay } from 'node:timers/promises';
import { beyond, type Cost, free, times } from '../cost.ts';
import { between, spentBy } from '../counters.ts';
import { readInfo } from '../redis-info.ts';
import type { Scene } from '../scene.ts';

/** Is a scene, and what a second of it costs while nothing happens. */
export interface Setting {
  readonly scene: Scene;
  readonly idle: Cost;
}

/** Is one kind of window, long enough for what happens twice a second. */
export const windowMs = 15_000;
/** Until the texts of ended streams have left Redis, and the nodes are at rest. */
const restMs = 13_000;

/** Returns what `work` costs, above what nothing would have cost. */
export async function priceOf({ scene, idle }: Setting, work: () => Promise<unknown>) {
  const before = await spentBy(scene);
  await work();
  return between(before, await spentBy(scene), idle);
}

/** Shares a cost out among so many, and prints it: a run takes minutes. Less than nothing is noise. */
export function shareOf(name: string, cost: Cost, count: number): Cost {
  const share = beyond(times(cost, 1 / count), free);
  console.error(
    `${name}: ${JSON.stringify(share, (_, value) => (typeof value === 'number' ? rounded(value) : value))}`,
  );
  return share;
}

/** Closes what is open, and waits until nothing is left of it. */
export async function rest(scene: Scene): Promise<void> {
  await scene.closeAll();
  await delay(restMs);
}

/** Returns how much memory Redis uses, in bytes. */
export async function redisMemory({ cluster }: Scene): Promise<number> {
  return readInfo(await cluster.redis.command('info', 'all')).memoryBytes;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
