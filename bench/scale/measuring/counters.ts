// Reads all counters of a cluster. The difference of two readings is a cost.
import type { Cluster } from '@sillage/testing';
import { cpuMicros, familyCpuMicros } from '../../testbed/machine.ts';
import { type Cost, costBy } from '../model/cost.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';

/** Statements and writing transactions of the nodes: their batches, and their lease renewals, which are one statement each. */
const postgresCounts = `
  select coalesce(sum(calls) filter (where query !~* '^(begin|commit|rollback|set|show|create|alter)'), 0)::bigint as statements,
    coalesce(sum(calls) filter (where query ~* '^(commit|\\s*with renewed)'), 0)::bigint as writes,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal_bytes
  from pg_stat_statements
  where dbid = (select oid from pg_database where datname = current_database()) and query !~* 'pg_(stat|wal|database)'`;

/** What the cluster has cost since its start, at a time. */
type Counters = Awaited<ReturnType<typeof readCounters>>;

/** Reads all counters. */
export async function readCounters({ cluster, loads }: ClusterTestbed) {
  const { postgres, nodes, rows } = cluster;
  const [redis, [counted = {}]] = await Promise.all([readRedis(cluster), rows(postgresCounts)]);
  return {
    atMs: performance.now(),
    cost: {
      ...redis.cost,
      nodeCpuMicros: sumOver(nodes, ({ pid }) => cpuMicros(pid)),
      postgresStatements: Number(counted.statements),
      postgresWrites: Number(counted.writes),
      postgresCpuMicros: familyCpuMicros(postgres.pid),
      postgresWalBytes: Number(counted.wal_bytes),
      readerBytes: sumOver(loads, ({ bytes }) => bytes),
    },
  };
}

/** Returns the cost between two readings, minus that of an idle cluster (`idle`, per second) in the same time. */
export function between(before: Counters, after: Counters, idle: Cost): Cost {
  const seconds = (after.atMs - before.atMs) / 1000;
  return costBy((resource) => after.cost[resource] - before.cost[resource] - idle[resource] * seconds);
}

function sumOver<Thing>(things: readonly Thing[], numberOf: (thing: Thing) => number): number {
  return things.reduce((sum, thing) => sum + numberOf(thing), 0);
}

/** Commands that the bench itself sends. */
const ours = ['info', 'command', 'hello', 'client'];
/** Commands that only the scripts of the nodes run, each with how many commands of a script it stands for. */
const inScripts: Readonly<Record<string, number>> = {
  get: 2, // with the XREVRANGE of an append, or the SET of a fence
  xadd: 1,
  spublish: 1,
  pexpire: 2, // with the SET of an append, or the HSET of a limit
  exists: 1,
  time: 2, // with the HMGET of the request rate
  hgetall: 1,
};

/** Reads the counters of Redis, which count since its start. */
export async function readRedis({ redis }: Pick<Cluster, 'redis'>) {
  const info = await redis.command('info', 'all');
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(/:(.*)/s, 2) as [string, string]));
  const numberOf = (name: string) => Number(fields.get(name) ?? 0);
  const callsOf = (command: string) => Number(fields.get(`cmdstat_${command}`)?.match(/calls=(\d+)/)?.[1] ?? 0);
  const known = [...fields.keys()].flatMap((name) => name.match(/^cmdstat_(\w+)/)?.[1] ?? []);
  const redisCommands = sumOver(known, callsOf) - sumOver(ours, callsOf);
  return {
    version: fields.get('redis_version') ?? '',
    memoryBytes: numberOf('used_memory'),
    cost: {
      redisRequests: redisCommands - sumOver(Object.entries(inScripts), ([command, each]) => each * callsOf(command)),
      redisCommands,
      redisHints: callsOf('publish'),
      redisCpuMicros: (numberOf('used_cpu_user') + numberOf('used_cpu_sys')) * 1e6,
      redisBytesIn: numberOf('total_net_input_bytes'),
      redisBytesOut: numberOf('total_net_output_bytes'),
    },
  };
}
