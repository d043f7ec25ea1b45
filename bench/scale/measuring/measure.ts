// Measures the cost of each operation of a cluster, one after the other, beyond the cost of an idle cluster.
import { setTimeout as delay } from 'node:timers/promises';
import { machineName } from '../../testbed/machine.ts';
import { times } from '../model/cost.ts';
import type { Measured } from '../model/measured.ts';
import { type ClusterTestbed, openClusterTestbed } from './cluster-testbed.ts';
import { measureQuiet } from './quiet.ts';
import { readInfo } from './redis-info.ts';
import { measureReplies } from './replies.ts';
import { type Baseline, rest } from './spending.ts';
import { measureHints, measureIdle, measureKnownNodes } from './standing.ts';
import { measureSteady, pace } from './steady.ts';

/** Few enough streams that a small machine is not saturated. */
const sizes = [
  { streams: 150, readersAStream: 1, readingNodes: 0 },
  { streams: 150, readersAStream: 2, readingNodes: 1 },
  { streams: 60, readersAStream: 10, readingNodes: 2 },
  { streams: 12, readersAStream: 100, readingNodes: 2 },
] as const;

/** Measures everything, in about ten minutes. */
export async function measure(): Promise<Measured> {
  await using testbed = await openClusterTestbed();
  await warm(testbed);
  const idle = await measureIdle(testbed);
  const baseline: Baseline = { testbed, idle };
  const quiet = await measureQuiet(baseline); // while the nodes' memory is as it was at first
  const { cost: reply, databaseBytes: databaseBytesAReply } = await measureReplies(baseline);
  const replyWithFeed = await measureWithFeeds(baseline);
  const [home, elsewhere, ten, hundred] = await measureSteady(baseline, sizes);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machineName(),
    versions: await versionsOf(testbed),
    pace,
    idle: times(idle, 1 / testbed.cluster.nodes.length),
    reply,
    replyWithFeed,
    steady: [home.run, elsewhere.run, ten.run, hundred.run],
    quiet: quiet.second,
    open: quiet.open,
    hint: await measureHints(baseline, 'sillage:nobody'),
    hintHeard: await measureHints(baseline, 'sillage:feed'),
    knownNode: await measureKnownNodes(baseline),
    sizes: { ...quiet.sizes, redisBytesAToken: home.redisBytesAToken, databaseBytesAReply },
  };
}

/** Warms up the nodes, and passes the full-page writes that follow a checkpoint of PostgreSQL. */
async function warm(testbed: ClusterTestbed): Promise<void> {
  const runReplies = async () => {
    for (let i = 0; i < 3; i++) {
      await testbed.start(30, { tokens: 300 }, { inConversations: true });
      await testbed.load.ended();
    }
  };
  await runReplies();
  await testbed.cluster.rows('checkpoint');
  await runReplies();
  await rest(testbed);
}

async function measureWithFeeds(baseline: Baseline) {
  const { testbed } = baseline;
  await testbed.openFeeds();
  const { cost } = await measureReplies(baseline);
  await testbed.feeds.closeAll();
  await delay(1_000);
  return cost;
}

async function versionsOf({ cluster }: ClusterTestbed): Promise<Measured['versions']> {
  const [row] = await cluster.rows("select current_setting('server_version') as version");
  const redis = readInfo(await cluster.redis.command('info', 'all')).version;
  return { node: process.versions.node, redis, postgres: String(row?.version).split(' ')[0] ?? '' };
}
