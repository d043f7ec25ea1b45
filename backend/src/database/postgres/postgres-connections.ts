// Connections to PostgreSQL: `bigint` as Number, U+0000 replaced, connection failures as StreamErrors.
import type { PostgresPool } from 'kysely';
import { type ClientBase, Pool, type PoolClient, type PoolConfig, type QueryConfig, types } from 'pg';
import type { Outage } from '../../observing/outage.ts';
import { classifyError } from './postgres-errors.ts';

/** Options of a connection pool. */
export interface PoolOptions {
  /** A URL, or a pool of the application, whose address and credentials are used. */
  readonly server: string | { readonly options: object };
  /** The schema of all tables. */
  readonly schema: string;
  readonly maxConnections: number;
  /** Time limit for opening a connection. */
  readonly connectMs: number;
  /** Whether to send statements without waiting for the result of the previous one. */
  readonly pipeline?: boolean;
  /** Time limit of the client for a statement. The server's limit is shorter, so that no statement runs on after the client
   *  has given up. */
  readonly queryTimeoutMs?: number;
}

/** Idle time before TCP keepalive probes. */
const keepAliveAfterMs = 10_000;

/** Creates a pool, which connects when first used and reconnects after a lost connection. */
export function openPool({
  server,
  schema,
  maxConnections,
  connectMs,
  pipeline = false,
  queryTimeoutMs,
}: PoolOptions): Pool {
  const pool = new Pool({
    ...(typeof server === 'string' ? { connectionString: server } : addressOf(server)),
    max: maxConnections,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    pipeline,
    onConnect: (client: ClientBase) => prepareSession(client, { schema, queryTimeoutMs }),
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  });
  // No action on a lost connection: the pool drops an idle one, and the queries of one in use reject.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

/** Returns the address and credentials of a pool, without its sizes and handlers. */
function addressOf({ options }: { readonly options: PoolConfig }): PoolConfig {
  const { connectionString, host, port, user, password, database, ssl } = options;
  return { connectionString, host, port, user, password, database, ssl } as PoolConfig;
}

/** Sets the session's schema, and the server's time limits: for a statement, for waiting for a lock, and for an idle
 *  transaction, so that a node that has lost its connection does not keep locks.
 *  https://www.postgresql.org/docs/15/runtime-config-client.html */
async function prepareSession(
  client: ClientBase,
  { schema, queryTimeoutMs }: { schema: string; queryTimeoutMs: number | undefined },
): Promise<void> {
  const limits = queryTimeoutMs === undefined ? '' : timeLimits(queryTimeoutMs);
  await client.query({
    text: `set search_path = "${schema}";${limits}`,
    ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
  } as QueryConfig);
}

function timeLimits(queryTimeoutMs: number): string {
  const half = Math.ceil(queryTimeoutMs / 2);
  return `set statement_timeout = ${Math.ceil(queryTimeoutMs * 0.9)}; set lock_timeout = ${half};
    set idle_in_transaction_session_timeout = ${half}`;
}

/** Replaces U+0000, which PostgreSQL cannot store, with U+FFFD. */
export function storable(parameters: readonly unknown[]): unknown[] {
  return parameters.map((value) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value));
}

/** Options of reads. */
export interface ReadOptions {
  readonly queryTimeoutMs?: number;
  /** Notes whether reads fail because of the database. */
  readonly outage?: Outage;
}

/** Adapts the pool for Kysely, for reads. A read without a result within `queryTimeoutMs` fails, and its connection is closed. */
export function asKyselyExpects(pool: Pool, options: ReadOptions): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      try {
        return asKyselyClient(await connect(pool), options);
      } catch (error) {
        options.outage?.failed((error as Error).cause);
        throw error;
      }
    },
  };
}

/** Gets a connection from the pool; the caller must release it.
 *  @throws {StreamError} `storage` when the server cannot be reached. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw classifyError(error);
  }
}

function asKyselyClient(
  client: PoolClient,
  { queryTimeoutMs, outage }: ReadOptions,
): Awaited<ReturnType<PostgresPool['connect']>> {
  let isBroken = false;
  const limit = queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs };
  // Kysely passes a cursor only for streaming, which is not used.
  const query = async (sql: string, parameters: readonly unknown[]) => {
    try {
      const result = await client.query({ text: sql, values: storable(parameters), ...limit });
      outage?.succeeded();
      return result;
    } catch (error) {
      const classified = classifyError(error);
      if (classified !== error) {
        isBroken = true;
        outage?.failed(error);
      }
      throw classified;
    }
  };
  return { query: query as never, release: () => client.release(isBroken) };
}

/** Parses `bigint` as Number: all values are times and counters, within the safe integers. */
function parserOf(oid: number, format?: 'text' | 'binary') {
  return oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format as 'text');
}
