// One PostgreSQL and one Redis for the whole suite `faults-redis`. Each fixture creates its own database in PostgreSQL; in
// Redis, the random stream ids keep fixtures apart.
import { startPostgres, startRedis } from '@sillage/testing';
import type { TestProject } from 'vitest/node';
import type { Databases } from './fixture-store.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set when the suite runs on PostgreSQL and Redis. */
    databases?: Databases;
  }
}

/** Starts both and provides their URLs to the tests; returns the teardown function. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  provide('databases', { postgres: postgres.url, redis: redis.url });
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
