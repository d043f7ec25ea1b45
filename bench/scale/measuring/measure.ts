// Measures the cost of each operation of a cluster, one after the other, beyond the cost of an idle cluster.
import { machineName } from '../../testbed/machine.ts';
import { nodesMeasured, renewalsASecond } from '../model/assumptions.ts';
import { type Cost, noCost, times } from '../model/cost.ts';
import { type ClusterTestbed, openClusterTestbed } from './cluster-testbed.ts';
import { type Baseline, costPer, rest, wait } from './cost-per.ts';
import { readRedis } from './counters.ts';
import { measureQuiet, measureSteady, pace } from './streams.ts';

/** Measures everything, in about ten minutes. */
export async function measure() {
  await using testbed = await openClusterTestbed();
  await warm(testbed);
  const idle = await measureIdle(testbed);
  const baseline = { testbed, idle };
  const { sizes, ...quiet } = await measureQuiet(baseline); // while the nodes' memory is as it was at first
  const { databaseBytes, reply } = await measureReplies(baseline);
  await testbed.openFeeds();
  const { reply: replyWithFeed } = await measureReplies(baseline);
  const { steady, redisBytesAToken } = await measureSteady(baseline);
  const [postgres] = await testbed.cluster.rows("select split_part(version(), ' ', 2) as version");
  const { version: redis } = await readRedis(testbed.cluster);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machineName(),
    versions: { node: process.versions.node, redis, postgres: String(postgres?.version) },
    pace,
    /** A second of an idle node. */
    idle: times(idle, 1 / nodesMeasured),
    /** The start and the end of a reply in a stored conversation, read on the producer's node. */
    reply,
    /** The same, with the user's feed open on another node. */
    replyWithFeed,
    steady,
    /** `quiet`: a second of an idle stream that is under way. `open`: one more reader of a stream, on another node. */
    ...quiet,
    /** A hint without subscribers, and one that each node receives. */
    hint: await measureHints(baseline, 'sillage:nobody'),
    hintHeard: await measureHints(baseline, 'sillage:feed'),
    /** A lease renewal of one node for one more row in `nodes`. */
    knownNode: await measureKnownNodes(baseline),
    /** Memory and disk: an idle stream on its node with its reader, one more reader on another node, and so on. */
    sizes: { ...sizes, redisBytesAToken, databaseBytesAReply: databaseBytes },
  };
}

/** Warms up the nodes, and passes the full-page writes that follow a checkpoint of PostgreSQL. */
async function warm(testbed: ClusterTestbed): Promise<void> {
  for (let i = 0; i < 3; i++) await testbed.readReplies(30, { tokens: 300 });
  await testbed.cluster.rows('checkpoint');
  for (let i = 0; i < 3; i++) await testbed.readReplies(30, { tokens: 300 });
  await rest(testbed);
}

/** Returns the cost of a second of the idle cluster. */
async function measureIdle(testbed: ClusterTestbed): Promise<Cost> {
  const cost = await costPer('a second of all nodes, idle', { testbed, idle: noCost }, () => wait(1, 30));
  if (cost.postgresWrites === 0)
    throw new Error('No lease renewal was counted: counters.ts does not know its statement.');
  return cost;
}

/** Measures replies of one token each in stored conversations, each read on the producer's node. */
async function measureReplies(baseline: Baseline) {
  const { testbed } = baseline;
  const [sets, repliesASet] = [20, 30];
  const databaseBytes = async () => {
    const [row] = await testbed.cluster.rows('select pg_database_size(current_database()) as bytes');
    return Number(row?.bytes);
  };
  const bytesBefore = await databaseBytes();
  const cost = await costPer('a reply', baseline, async () => {
    for (let i = 0; i < sets; i++) await testbed.readReplies(repliesASet, { tokens: 1 });
    return sets * repliesASet;
  });
  const bytes = (await databaseBytes()) - bytesBefore;
  await rest(testbed);
  return { reply: { ...cost, readerBytes: 0 }, databaseBytes: bytes / (sets * repliesASet) };
}

/** Measures hints: to the feeds of every node, or to a channel without subscribers. */
async function measureHints(baseline: Baseline, channel: string): Promise<Cost> {
  const { redis } = baseline.testbed.cluster;
  const hints = 10_000;
  return await costPer(`a hint to ${channel}`, baseline, async () => {
    await redis.command('-r', `${hints}`, 'publish', channel, 'nobody');
    return hints;
  });
}

/** Adds rows of nodes that never expire, and returns the cost that each adds to one lease renewal of one node. */
async function measureKnownNodes(baseline: Baseline): Promise<Cost> {
  const { rows } = baseline.testbed.cluster;
  const [rowsAdded, never] = [10_000, 9e15];
  await rows(`insert into nodes select 'other-' || i, ${never} from generate_series(1, ${rowsAdded}) i`);
  await rows('vacuum analyze nodes');
  const renewals = renewalsASecond * nodesMeasured * rowsAdded;
  const cost = await costPer('a further node, a lease renewal', baseline, () => wait(renewals));
  await rows(`delete from nodes where beat_at = ${never}`);
  return cost;
}
