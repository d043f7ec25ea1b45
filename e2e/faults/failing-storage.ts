// Storage that fails on command: a folder without space, or, in the suite `faults-redis`, databases that answer no more.
import { startPostgres, startProxy, startRedis } from '@sillage/testing';
import { canMount, smallDisks } from './small-disk.ts';
import { type FailingStorage, isEmbedded } from './stage-store.ts';

type Kind = [what: string, open: () => FailingStorage | Promise<FailingStorage>];

const diskKinds: Kind[] = [
  ...(canMount() ? ([['a full disk', smallDisks.mounted]] satisfies Kind[]) : []),
  ['a storage that refuses every write', smallDisks.limited],
];
const databaseKinds: Kind[] = [
  ['a PostgreSQL and a Redis that answer no more', hanging],
  ['a PostgreSQL and a Redis that cannot be reached', gone],
];

/** The kinds that the suite's store can meet. */
export const storageKinds = isEmbedded ? diskKinds : databaseKinds;

async function hanging(): Promise<FailingStorage> {
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

async function gone(): Promise<FailingStorage> {
  const { postgres, redis, ...opened } = await openDatabases();
  const proxy = await startProxy(redis.url); // not killed: it would come back with nothing
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
