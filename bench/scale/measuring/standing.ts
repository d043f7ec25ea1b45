// The standing cost of nodes: lease renewals, received hints, and the rows of other nodes.
import { setTimeout as delay } from 'node:timers/promises';
import { type Cost, noCost } from '../model/cost.ts';
import { renewalsASecond } from '../model/measured.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';
import { type Baseline, measureCost, shareOf, windowMs } from './spending.ts';

const idleMs = 30_000;
const hints = 10_000;
const rowsAdded = 10_000;

/** Returns the cost of a second of the idle cluster. */
export async function measureIdle(testbed: ClusterTestbed): Promise<Cost> {
  const { cost, seconds } = await measureCost({ testbed, idle: noCost }, () => delay(idleMs));
  if (cost.postgresWrites === 0)
    throw new Error('No lease renewal was counted: counters.ts does not know its statement.');
  return shareOf('a second of all nodes, idle', cost, seconds);
}

/** Measures hints: to the feeds of every node, or to a channel without subscribers. */
export async function measureHints(baseline: Baseline, channel: string): Promise<Cost> {
  const { redis } = baseline.testbed.cluster;
  const { cost } = await measureCost(baseline, () => redis.command('-r', `${hints}`, 'publish', channel, 'nobody'));
  return shareOf(`a hint to ${channel}`, cost, hints);
}

/** Adds rows of nodes that never expire, and returns the cost that each adds to one lease renewal of one node. */
export async function measureKnownNodes(baseline: Baseline): Promise<Cost> {
  const { rows, nodes } = baseline.testbed.cluster;
  const never = 9e15;
  await rows(`insert into nodes select 'other-' || i, ${never} from generate_series(1, ${rowsAdded}) i`);
  await rows('vacuum analyze nodes');
  const { cost, seconds } = await measureCost(baseline, () => delay(windowMs));
  await rows(`delete from nodes where beat_at = ${never}`);
  return shareOf('a further node, a lease renewal', cost, seconds * renewalsASecond * nodes.length * rowsAdded);
}
