// Opens the store for several nodes on a real PostgreSQL and a real Redis, and reopens it on copies, as after the crash of a
// node: its lease has expired, and the reopened node may take over.
import { type Postgres, type Redis, startPostgres, startRedis } from '@sillage/testing';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect } from 'vitest';
import { migrated } from '../../../database/postgres/migrated.contract.ts';
import { PostgresDatabase } from '../../../database/postgres/postgres-database.ts';
import { RedisLink } from '../../../redis/redis-link.ts';
import type { StoreUnderTest } from '../../contract/store-under-test.testing.ts';
import { RedisStreamStore, type RedisStreamStoreOptions } from './redis-stream-store.ts';

/** Durations that are short enough for tests. */
const hasty: RedisStreamStoreOptions = {
  commitMs: 1,
  storageRetryMs: 10,
  nodeLeaseMs: 500, // a node whose process waits for a core for longer loses its streams
  leaseRenewMs: 10,
  sweepMs: 60_000,
  pollMs: 50,
  idleMs: 100,
  retentionMs: 60_000,
};

/** A node: its store, with the database and Redis connections. */
export interface OpenedNode extends StoreUnderTest {
  readonly store: RedisStreamStore;
  readonly database: PostgresDatabase;
  readonly link: RedisLink;
  /** Opens another node on the same data. */
  join(options?: Partial<RedisStreamStoreOptions>): Promise<OpenedNode>;
  reopen(): Promise<RedisStreamStore>;
}

/** Waits until the lease of a node on the same database has expired. */
export async function untilOneLeaseExpires({ database }: OpenedNode): Promise<void> {
  const expired = sql<{ count: number }>`select count(*) as count from nodes
    where beat_at < extract(epoch from clock_timestamp()) * 1000 - ${hasty.nodeLeaseMs}`;
  await expect.poll(async () => (await expired.execute(database.query)).rows[0]?.count).toBeGreaterThan(0);
}

/** The servers that the stores of a test file use. */
export interface Servers {
  readonly postgres: Postgres;
  readonly redis: Redis;
}

/** Starts the servers before the tests of a file, and stops them afterwards. */
export function sharedServers(): () => Servers {
  let servers: Servers;
  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    servers = { postgres, redis };
  });
  afterAll(async () => {
    await Promise.all([servers?.postgres.stop(), servers?.redis.stop()]);
  });
  return () => servers;
}

/** Opens a node on an empty database and an empty Redis, or on the Redis at `redisUrl`. */
export async function openNode(
  { postgres, redis }: Servers,
  options: Partial<RedisStreamStoreOptions> = {},
  { redisUrl = `${redis.url}/0` }: { redisUrl?: string } = {},
): Promise<OpenedNode> {
  await redis.flush();
  const copies = copier({ postgres, redis });
  return openOn({ databaseUrl: await postgres.createDatabase(migrated), redisUrl, options, copies });
}

interface Copies {
  /** Copies the current data of both, for a node that takes over from this one. */
  copy(from: { link: RedisLink; databaseUrl: string }): Promise<{ databaseUrl: string; redisUrl: string }>;
}

interface Where {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly options: Partial<RedisStreamStoreOptions>;
  readonly copies: Copies;
}

async function openOn({ databaseUrl, redisUrl, options, copies }: Where): Promise<OpenedNode> {
  const database = await PostgresDatabase.open(databaseUrl, { readers: 3 });
  const link = await RedisLink.open({ url: redisUrl, timeoutMs: 1_000 });
  const store = await RedisStreamStore.open(database, link, { ...hasty, ...options });
  const others: OpenedNode[] = [];
  const open = async (where: Partial<Where>) => {
    const node = await openOn({ databaseUrl, redisUrl, options, copies, ...where });
    others.push(node);
    return node;
  };
  return {
    store,
    database,
    link,
    join: (more = {}) => open({ options: { ...options, ...more } }),
    async reopen() {
      const node = await open(await copies.copy({ link, databaseUrl }));
      // A node may take over only after it has held its lease for a full lease.
      const { nodeLeaseMs } = { ...hasty, ...options };
      await new Promise((resolve) => setTimeout(resolve, nodeLeaseMs + 50));
      return node.store;
    },
    async close() {
      for (const node of others) await node.close();
      await store.close();
      link.close();
      await database.close();
    },
  };
}

/** Copies within one Redis, from database 0 into the others in turn. */
function copier({ postgres, redis }: Servers): Copies {
  let copies = 0;
  return {
    async copy({ link, databaseUrl }) {
      const index = (copies++ % 15) + 1;
      const script = `for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[1]) end`;
      const copied = link.commands.eval(script, 0, index);
      const url = await postgres.createDatabase(migrated);
      const target = await PostgresDatabase.open(url, { readers: 1 });
      await copied;
      await copyRows(databaseUrl, url);
      await target.close();
      return { databaseUrl: url, redisUrl: `${redis.url}/${index}` };
    },
  };
}

const tables = [
  'streams',
  'stream_bodies',
  'stream_body_parts',
  'idempotency_keys',
  'conversations',
  'messages',
  'message_parts',
  'feed_counters',
];

async function copyRows(from: string, to: string): Promise<void> {
  const [source, target] = [new Pool({ connectionString: from, max: 1 }), new Pool({ connectionString: to, max: 1 })];
  await source.query('begin isolation level repeatable read');
  for (const table of tables) {
    const { rows } = await source.query(`select coalesce(json_agg(t), '[]')::text as all from ${table} t`);
    await target.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [rows[0].all]);
  }
  // The lease of the dead node has expired.
  await target.query(`insert into nodes select distinct node_id, 0 from streams where node_id is not null`);
  await Promise.all([source.end(), target.end()]);
}
