// Reads every counter of a cluster at one moment; two moments make a cost.
import { cpuMicros, familyCpuMicros } from '../machine.ts';
import { type Cost, costBy, times } from './cost.ts';
import { readInfo } from './redis-info.ts';
import type { Scene } from './scene.ts';

/** Is what has been spent since everything was started. */
export interface Spent {
  readonly atMs: number;
  readonly tokens: number;
  readonly cost: Cost;
}

/** Statements and writing transactions of the nodes: their batches, and their beats, which are one statement each. */
const postgresCounts = `
  select coalesce(sum(calls) filter (where query !~* '^(begin|commit|rollback|set|show|create|alter)'), 0)::bigint as statements,
    coalesce(sum(calls) filter (where query ~* '^(commit|\\s*with beat)'), 0)::bigint as writes,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as wal_bytes
  from pg_stat_statements
  where dbid = (select oid from pg_database where datname = current_database()) and query !~* 'pg_(stat|wal|database)'`;

/** Reads all counters. */
export async function spentBy({ cluster, load }: Scene): Promise<Spent> {
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
      redisAsked: info.asked,
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

/** Returns what was spent between two moments, but for what nothing would have cost meanwhile (`idle`: a second). */
export function between(before: Spent, after: Spent, idle?: Cost): { cost: Cost; tokens: number; seconds: number } {
  const seconds = (after.atMs - before.atMs) / 1000;
  const nothing = idle && times(idle, seconds);
  return {
    cost: costBy((currency) => after.cost[currency] - before.cost[currency] - (nothing?.[currency] ?? 0)),
    tokens: after.tokens - before.tokens,
    seconds,
  };
}
