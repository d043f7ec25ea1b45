// A cluster as an operator runs it: three built servers that share a PostgreSQL, a Redis and a secret.
import { randomBytes } from 'node:crypto';
import { type Postgres, startPostgres } from '../databases/postgres.ts';
import { connectPostgres } from '../databases/postgres-connection.ts';
import { type Redis, startRedis } from '../databases/redis.ts';
import { type CuttingProxy, startProxy } from '../network/cutting-proxy.ts';
import { type ServerOptions, type ServerProcess, startServer } from './server-process.ts';

/** Three ready nodes and their shared services. */
export interface Cluster<Node extends ServerProcess = ServerProcess> extends AsyncDisposable {
  readonly nodes: readonly [Node, Node, Node];
  readonly postgres: Postgres;
  readonly redis: Redis;
  /** Signs a token that every node accepts. */
  token: ServerProcess['token'];
  /** Runs a statement directly in the nodes' database; `bigint` values are returned as numbers. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
}

/** A node with test-controlled proxies in front of its databases. */
export interface LinkedNode extends ServerProcess {
  readonly toPostgres: CuttingProxy;
  readonly toRedis: CuttingProxy;
}

/** Starts three nodes that connect directly to PostgreSQL and Redis; `env` adds settings to each. */
export function startCluster(env: ServerOptions['env'] = {}): Promise<Cluster> {
  return open((shared, owned) => start({ ...env, ...shared }, owned));
}

/** Starts three nodes, each with its own proxies in front of PostgreSQL and Redis. */
export function startLinkedCluster(env: ServerOptions['env'] = {}): Promise<Cluster<LinkedNode>> {
  return open(async (shared, owned) => {
    const toPostgres = owned.use(await startProxy(shared.DATABASE_URL));
    const toRedis = owned.use(await startProxy(shared.REDIS_URL));
    const urls = { DATABASE_URL: toPostgres.url, REDIS_URL: toRedis.url };
    return Object.assign(await start({ ...env, ...shared, ...urls }, owned), { toPostgres, toRedis });
  });
}

interface Shared {
  readonly DATABASE_URL: string;
  readonly REDIS_URL: string;
  readonly JWT_SECRET: string;
}

async function open<Node extends ServerProcess>(
  startNode: (shared: Shared, owned: AsyncDisposableStack) => Promise<Node>,
): Promise<Cluster<Node>> {
  const owned = new AsyncDisposableStack(); // disposes in reverse order of start
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  owned.defer(() => postgres.stop());
  owned.defer(() => redis.stop());
  const DATABASE_URL = await postgres.createDatabase();
  const { rows, close } = connectPostgres(DATABASE_URL);
  owned.defer(close);
  const shared = { DATABASE_URL, REDIS_URL: redis.url, JWT_SECRET: randomBytes(32).toString('hex') };
  const nodes = await Promise.all([startNode(shared, owned), startNode(shared, owned), startNode(shared, owned)]);
  const { token } = nodes[0];
  return { nodes, postgres, redis, token, rows, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function start(env: ServerOptions['env'], owned: AsyncDisposableStack): Promise<ServerProcess> {
  return owned.use(await startServer({ ...(env && { env }) }));
}
