// Runs an attack against the built server on each store: on SQLite, then on a PostgreSQL and a Redis of its own.
import { startPostgres, startRedis } from '@sillage/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Fixture, openFixture } from '../faults/fixture/fixture.ts';

/** Declares the tests of `suite` once per store; the fixture is there while they run. */
export function describeEachStore(
  name: string,
  suite: (fixture: () => Fixture) => void,
  env: Record<string, string> = {},
) {
  let fixture: Fixture;
  describe(`${name}, on SQLite`, () => {
    beforeAll(async () => {
      fixture = await openFixture({ env });
    });
    afterAll(() => fixture[Symbol.asyncDispose]());
    suite(() => fixture);
  });

  describe(`${name}, on PostgreSQL and Redis`, () => {
    beforeAll(async () => {
      const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
      const place = { postgres: postgres.url, redis: redis.url };
      fixture = await openFixture({ env, place });
      return async () => {
        await fixture[Symbol.asyncDispose]();
        await Promise.all([postgres.stop(), redis.stop()]);
      };
    });
    suite(() => fixture);
  });
}
