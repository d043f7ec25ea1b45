// Reads all counters of a cluster. The difference of two readings is a cost.
import { cpuMicros, familyCpuMicros } from '../../testbed/machine.ts';
import { type Cost, costBy, times } from '../model/cost.ts';
import type { ClusterTestbed } from './cluster-testbed.ts';
import { readInfo } from './redis-info.ts';

/** All counters since the start of the cluster. */
export interface Counters {
  readonly atMs: number;
  readonly tokens: number;
  readonly cost: Cost;
}

/** Statements and writing transactions of the nodes: their batches, and their lease renewals, which are one statement each. */
const postgresCounts = `
  select coalesce(sum(calls) filter (where query !~* '^(begin|commit|rollback|set|show|create|alter)'), 0)::bigint as statements,
    coalesce(sum(calls) filter (where query ~* '^(commit|\\s*with renewed)'), 0)::bigint as writes,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal_bytes
  from pg_stat_statements
  where dbid = (select oid from pg_database where datname = current_database()) and query !~* 'pg_(stat|wal|database)'`;

/** Reads all counters. */
export async function readCounters({ cluster, load }: ClusterTestbed): Promise<Counters> {
  const { redis, postgres, nodes, rows } = cluster;
  const [info, [counted = {}], tokens, readerBytes] = await Promise.all([
    redis.command('info', 'all').then(readInfo),
    rows(postgresCounts),
    load.counted(),
    load.receivedBytes(),
  ]);
  return {
    atMs: performance.now(),
    tokens,
    cost: {
      nodeCpuMicros: nodes.reduce((sum, { pid }) => sum + cpuMicros(pid), 0),
      redisRequests: info.requests,
      redisCommands: info.commands,
      redisHints: info.hints,
      redisCpuMicros: info.cpuMicros,
      redisBytesIn: info.bytesIn,
      redisBytesOut: info.bytesOut,
      postgresStatements: Number(counted.statements),
      postgresWrites: Number(counted.writes),
      postgresCpuMicros: familyCpuMicros(postgres.pid),
      postgresWalBytes: Number(counted.wal_bytes),
      readerBytes,
    },
  };
}

/** Returns the cost between two readings, minus that of an idle cluster (`idle`, per second) in the same time. */
export function between(before: Counters, after: Counters, idle?: Cost) {
  const seconds = (after.atMs - before.atMs) / 1000;
  const nothing = idle && times(idle, seconds);
  return {
    cost: costBy((currency) => after.cost[currency] - before.cost[currency] - (nothing?.[currency] ?? 0)),
    tokens: after.tokens - before.tokens,
    seconds,
  };
}
