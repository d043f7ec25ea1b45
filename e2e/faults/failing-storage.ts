// Storage that fails on command: a full disk, or, in the suite `faults-redis`, unavailable databases.
import { startPostgres, startProxy, startRedis } from '@sillage/testing';
import { type FailingStorage, isEmbedded } from './fixture-store.ts';
import { canMount, smallDisks } from './small-disk.ts';

type Kind = [name: string, open: () => FailingStorage | Promise<FailingStorage>];

const diskKinds: Kind[] = [
  ...(canMount() ? ([['a full disk', smallDisks.mounted]] satisfies Kind[]) : []),
  ['storage that rejects every write', smallDisks.limited],
];
const databaseKinds: Kind[] = [
  ['PostgreSQL and Redis that do not respond', openFreezing],
  ['PostgreSQL and Redis that cannot be reached', openUnreachable],
];

/** The storage failures that apply to the suite's store. */
export const storageKinds = isEmbedded ? diskKinds : databaseKinds;

async function openFreezing(): Promise<FailingStorage> {
  const { postgres, redis, ...opened } = await openDatabases();
  return {
    ...opened,
    fail: () => {
      postgres.pause();
      redis.pause();
    },
    recover: () => {
      postgres.resume();
      redis.resume();
    },
  };
}

async function openUnreachable(): Promise<FailingStorage> {
  const { postgres, redis, ...opened } = await openDatabases();
  const proxy = await startProxy(redis.url); // Redis is not killed, because it would lose its data
  return {
    place: { ...opened.place, redis: proxy.url },
    fail: async () => {
      await Promise.all([postgres.kill(), proxy.refuse()]);
    },
    recover: async () => {
      await postgres.restart();
      await proxy.resume();
    },
    [Symbol.asyncDispose]: async () => {
      await proxy.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

async function openDatabases() {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  return {
    postgres,
    redis,
    place: { postgres: postgres.url, redis: redis.url },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
