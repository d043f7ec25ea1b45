// What nodes cost by being there: their beats, the hints that each of them hears, the rows of the others.
import { setTimeout as delay } from 'node:timers/promises';
import { type Cost, free } from '../cost.ts';
import { beatsASecond } from '../measured.ts';
import type { Scene } from '../scene.ts';
import { priceOf, type Setting, shareOf, windowMs } from './spending.ts';

const idleMs = 30_000;
const hints = 10_000;
const rowsAdded = 10_000;

/** Returns what a second of the whole cluster costs while nothing happens. */
export async function measureIdle(scene: Scene): Promise<Cost> {
  const { cost, seconds } = await priceOf({ scene, idle: free }, () => delay(idleMs));
  return shareOf('a second of all nodes, idle', cost, seconds);
}

/** Publishes one hint after the other: to feeds, which every node hears, or to nobody. */
export async function measureHints(setting: Setting, channel: string): Promise<Cost> {
  const { redis } = setting.scene.cluster;
  const { cost } = await priceOf(setting, () => redis.command('-r', `${hints}`, 'publish', channel, 'nobody'));
  return shareOf(`a hint to ${channel}`, cost, hints);
}

/** Adds rows of nodes that never seem dead, and returns what each of them adds to one beat of one node. */
export async function measureKnownNodes(setting: Setting): Promise<Cost> {
  const { rows, nodes } = setting.scene.cluster;
  const never = 9e15;
  await rows(`insert into nodes select 'other-' || i, ${never} from generate_series(1, ${rowsAdded}) i`);
  await rows('vacuum analyze nodes');
  const { cost, seconds } = await priceOf(setting, () => delay(windowMs));
  await rows(`delete from nodes where beat_at = ${never}`);
  return shareOf('a further node, a beat', cost, seconds * beatsASecond * nodes.length * rowsAdded);
}
