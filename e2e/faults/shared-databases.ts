// One PostgreSQL and one Redis for the whole run of the suite `faults-redis`. A stage makes a database of its own in the
// one; in the other the streams' ids keep stages apart.
import { startPostgres, startRedis } from '@sillage/testing';
import type { TestProject } from 'vitest/node';
import type { Databases } from './stage-store.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Is given where the suite runs on many nodes' store, else absent. */
    databases?: Databases;
  }
}

/** Starts both and tells the tests where they are; returns how to end them. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  provide('databases', { postgres: postgres.url, redis: redis.url });
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
