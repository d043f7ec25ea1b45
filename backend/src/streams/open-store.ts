// Chooses the store; the other one is not loaded. Everything else injects the port, `STREAM_STORE`.
import type { Database } from '../database/database.ts';
import type { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import type { RedisLink } from '../redis/redis-link.ts';
import type { RedisStreamStoreOptions } from './stores/redis/redis-stream-store.ts';
import type { StreamStore } from './stream-store.ts';

/** Opens the store on the database: on PostgreSQL with the Redis that nodes share, or on SQLite. */
export async function openStore(
  database: Database,
  link: RedisLink | undefined,
  timings: RedisStreamStoreOptions,
): Promise<StreamStore> {
  if (link === undefined) {
    const { SqliteStreamStore } = await import('./stores/sqlite/sqlite-stream-store.ts');
    return SqliteStreamStore.open(database as SqliteDatabase, timings);
  }
  const { RedisStreamStore } = await import('./stores/redis/redis-stream-store.ts');
  return RedisStreamStore.open(database, link, timings);
}
