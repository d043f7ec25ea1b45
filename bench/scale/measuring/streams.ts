// The cost of streams under way, without their starts and ends: idle ones, and ones at the pace of a model.
import { setTimeout as delay } from 'node:timers/promises';
import { measureInTurn, medianOf } from '../../report/results.ts';
import { memoryKb } from '../../testbed/machine.ts';
import { costBy, sumOf, times } from '../model/cost.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';
import { type Baseline, costPer, rest, wait } from './cost-per.ts';
import { readRedis } from './counters.ts';

/** Tokens a second of each stream. */
export const pace = 20;

const settleMs = 2_000;

/** Measures streams that are idle after one token, then opens a reader of each on another node. Sizes are of one stream, and of
 *  one more reader. */
export async function measureQuiet(baseline: Baseline) {
  const { testbed, idle } = baseline;
  const streams = 1_500;
  const atFirst = await memoryOf(testbed);
  const started = await testbed.start(streams, { tokens: 1, holds: 1 });
  await delay(settleMs);
  const withStreams = await memoryOf(testbed);
  const quiet = await costPer('a second of an idle stream', baseline, () => wait(streams));
  const withQuiet = { testbed, idle: sumOf([idle, times(quiet, streams)]) };
  const open = await costPer('a reader that comes', withQuiet, async () => {
    await testbed.follow(started, { times: 1, rampMs: 3_000 });
    return streams;
  });
  await delay(settleMs);
  const withReaders = await memoryOf(testbed);
  await rest(testbed);
  const sizes = {
    nodeKbAStream: (withStreams.nodesKb - atFirst.nodesKb) / streams,
    nodeKbAReader: (withReaders.nodesKb - withStreams.nodesKb) / streams,
    redisBytesAStream: (withStreams.redisBytes - atFirst.redisBytes) / streams,
  };
  return { quiet, open, sizes };
}

async function memoryOf({ cluster }: ClusterTestbed) {
  const nodesKb = cluster.nodes.reduce((sum, { pid }) => sum + memoryKb(pid), 0);
  return { nodesKb, redisBytes: (await readRedis(cluster)).memoryBytes };
}

/** Few enough streams that a small machine is not saturated. `readingNodes`: those other than the producer's. */
const home = { name: 'home', streams: 150, readersAStream: 1, readingNodes: 0 };
const elsewhere = { name: 'elsewhere', streams: 150, readersAStream: 2, readingNodes: 1 };
const ten = { name: 'ten', streams: 60, readersAStream: 10, readingNodes: 2 };
const hundred = { name: 'hundred', streams: 12, readersAStream: 100, readingNodes: 2 };

/** Measures streams in the middle of their replies, without starts and ends, read on the producer's node and by further readers
 *  on the other nodes: medians of a token, and the bytes that Redis stores for one. */
export async function measureSteady(baseline: Baseline) {
  const rows = [home, elsewhere, ten, hundred];
  const result = await measureInTurn('steady', { rounds: 3, rows, measure: (row) => measureTokens(baseline, row) });
  const runOf = ({ name, readersAStream, readingNodes }: typeof home) => {
    const cost = costBy((resource) => medianOf(result, name, resource));
    return { readersAStream, readingNodes, cost };
  };
  const steady = [runOf(home), runOf(elsewhere), runOf(ten), runOf(hundred)] as const;
  return { steady, redisBytesAToken: medianOf(result, home.name, 'redisBytesAToken') };
}

async function measureTokens(baseline: Baseline, { streams, readersAStream, readingNodes }: typeof home) {
  const { testbed } = baseline;
  const started = await testbed.start(streams, { tokens: 1_000_000, rate: pace });
  await testbed.follow(started, { times: readersAStream - 1, rampMs: 1_000 });
  await delay(settleMs);
  const atFirst = await memoryOf(testbed);
  let tokens = 0;
  const cost = await costPer(`a token with ${readersAStream} readers`, baseline, async () => {
    const before = testbed.tokens();
    await wait(1);
    tokens = (testbed.tokens() - before) / readersAStream;
    return tokens;
  });
  const bytes = (await memoryOf(testbed)).redisBytes - atFirst.redisBytes;
  await rest(testbed);
  // On a busy machine Redis answers late, and tokens share appends: such a run is less exact.
  if (cost.redisRequests < 0.97 * (1 + readingNodes)) console.error('The machine was busy, and tokens went together.');
  return { ...cost, redisBytesAToken: bytes / tokens };
}
