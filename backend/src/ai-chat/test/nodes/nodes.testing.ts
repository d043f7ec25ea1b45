// Two servers in this process as nodes of one cluster, with one PostgreSQL and one Redis.
import { type CuttingProxy, type Postgres, type Redis, startPostgres, startProxy, startRedis } from '@sillage/testing';
import { afterAll, beforeAll } from 'vitest';
import { migrated } from '../../../database/postgres/migrated.contract.ts';
import { type AppOptions, startApp, type TestApp } from '../app.testing.ts';

/** Two nodes and their shared servers. */
export interface TestNodes {
  readonly one: TestApp;
  readonly other: TestApp;
  readonly postgres: Postgres;
  readonly redis: Redis;
  /** The proxy between `one` and PostgreSQL. */
  readonly proxy: CuttingProxy;
  close(): Promise<void>;
}

/** Starts both nodes. Each has its own provider, so that a test can tell which node sent a completion request. */
export async function startNodes({ settings = {}, ...options }: AppOptions = {}): Promise<TestNodes> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const url = await postgres.createDatabase(migrated);
  const proxy = await startProxy(url);
  const start = (database_url: string) =>
    startApp({ settings: { database_url, redis_url: redis.url, ...settings }, ...options });
  const [one, other] = await Promise.all([start(proxy.url), start(url)]);
  return {
    one,
    other,
    postgres,
    redis,
    proxy,
    close: async () => {
      await proxy.resume();
      await Promise.all([one.close(), other.close()]);
      await proxy.close();
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** The servers of a suite: one server twice, or two nodes. */
export interface SuiteServers {
  readonly app: TestApp;
  readonly other: TestApp;
}

type StartServers = (options?: AppOptions) => Promise<SuiteServers & { readonly close: () => Promise<void> }>;

/** A start on each database: one server on SQLite, or two nodes on PostgreSQL with Redis. For `describe.each`. */
export const serversOnEachDatabase: [string, StartServers][] = [
  ['SQLite', (options) => startApp(options).then((app) => ({ app, other: app, close: () => app.close() }))],
  ['PostgreSQL', (options) => startNodes(options).then(({ one, other, close }) => ({ app: one, other, close }))],
];

/** Starts the servers before the tests of a suite and closes them afterwards. Their fields must not be read earlier. */
export function useServers(start: StartServers, options?: AppOptions): SuiteServers {
  let servers: Awaited<ReturnType<StartServers>>;
  beforeAll(async () => {
    servers = await start(options);
  });
  afterAll(() => servers?.close());
  return {
    get app() {
      return servers.app;
    },
    get other() {
      return servers.other;
    },
  };
}
