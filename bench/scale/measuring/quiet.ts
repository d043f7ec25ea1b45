// Idle streams: their memory, their cost per second, and the cost of a new reader
// on another node.
import { setTimeout as delay } from 'node:timers/promises';
import { memoryKb } from '../../testbed/machine.ts';
import { excess, times } from '../model/cost.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';
import { type Baseline, measureCost, redisMemory, rest, shareOf, windowMs } from './spending.ts';

const count = 1_500;
const settleMs = 2_000;

/** Measures streams that are idle after one token, then opens a reader of each on another node. Sizes are of one stream, and of
 *  one more reader. */
export async function measureQuiet(baseline: Baseline) {
  const { testbed } = baseline;
  const [kbAtFirst, bytesAtFirst] = [nodesKb(testbed), await redisMemory(testbed)];
  const started = await testbed.start(count, { tokens: 1, holds: true });
  await delay(settleMs);
  const [kbWithStreams, bytesWithStreams] = [nodesKb(testbed), await redisMemory(testbed)];
  const watched = await measureCost(baseline, () => delay(windowMs));
  const second = shareOf('a second of an idle stream', watched.cost, count * watched.seconds);
  const opened = await measureCost(baseline, () => testbed.follow(started, { times: 1, rampMs: 3_000 }));
  const open = shareOf('a reader that comes', excess(opened.cost, times(second, count * opened.seconds)), count);
  await delay(settleMs);
  const kbWithReaders = nodesKb(testbed);
  await rest(testbed);
  const sizes = {
    nodeKbAStream: (kbWithStreams - kbAtFirst) / count,
    nodeKbAReader: (kbWithReaders - kbWithStreams) / count,
    redisBytesAStream: (bytesWithStreams - bytesAtFirst) / count,
  };
  return { second, open, sizes };
}

function nodesKb({ cluster }: ClusterTestbed): number {
  return cluster.nodes.reduce((sum, { pid }) => sum + memoryKb(pid), 0);
}
