// Connections to PostgreSQL as this program wants them: numbers as numbers, no U+0000, and failures as StreamErrors.
import type { PostgresPool } from 'kysely';
import { type ClientBase, Pool, type PoolClient, type QueryConfig, types } from 'pg';
import { blame } from './postgres-errors.ts';

/** Says how to connect: at most `most` connections, each made within `connectMs`. */
export interface Connecting {
  readonly url: string;
  readonly most: number;
  readonly connectMs: number;
  /** Sends statements without waiting for the one before. */
  readonly pipeline?: boolean;
  /** How long the client waits for a statement. The server gives it up before that, so that none runs on unobserved. */
  readonly answerMs?: number;
}

const probeAfterMs = 10_000;

/** Opens a pool; it connects when it is first asked, and again after a connection was lost. */
export function openPool({ url, most, connectMs, pipeline = false, answerMs }: Connecting): Pool {
  const pool = new Pool({
    connectionString: url,
    max: most,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: probeAfterMs,
    pipeline,
    ...(answerMs !== undefined && { onConnect: (client: ClientBase) => limitTimes(client, answerMs) }),
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  });
  // An idle connection was lost: the pool has dropped it. One in use was: its queries are rejected, that is enough.
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  return pool;
}

/** Sets the time limits of the server for a session: for a statement, for a lock that it waits for, and for a transaction
 *  whose node was cut off from it and whose locks would be in everybody's way.
 *  https://www.postgresql.org/docs/15/runtime-config-client.html */
async function limitTimes(client: ClientBase, answerMs: number): Promise<void> {
  const half = Math.ceil(answerMs / 2);
  await client.query({
    text: `set statement_timeout = ${Math.ceil(answerMs * 0.9)}; set lock_timeout = ${half};
      set idle_in_transaction_session_timeout = ${half}`,
    query_timeout: answerMs,
  } as QueryConfig);
}

/** Replaces what PostgreSQL's text cannot hold: U+0000, by U+FFFD. */
export function storable(parameters: readonly unknown[]): unknown[] {
  return parameters.map((value) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value));
}

/** Gives Kysely the pool, for reads; one that gets no answer within `answerMs` fails, and its connection is given up. */
export function asKyselyExpects(pool: Pool, { answerMs }: { answerMs?: number }): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => asKyselyClient(await connect(pool), answerMs === undefined ? {} : { query_timeout: answerMs }),
  };
}

/** Takes a connection of the pool; whoever takes it releases it.
 *  @throws {StreamError} `storage` when there is none to be had. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw blame(error);
  }
}

function asKyselyClient(
  client: PoolClient,
  limit: { query_timeout?: number },
): Awaited<ReturnType<PostgresPool['connect']>> {
  let isBroken = false;
  // Kysely passes a cursor only when it streams, which nothing here does.
  const query = async (sql: string, parameters: readonly unknown[]) => {
    try {
      return await client.query({ text: sql, values: storable(parameters), ...limit });
    } catch (error) {
      const blamed = blame(error);
      isBroken ||= blamed !== error;
      throw blamed;
    }
  };
  return { query: query as never, release: () => client.release(isBroken) };
}

/** `bigint` is Number here: times and counters, all of them safe integers. */
function parserOf(oid: number, format?: 'text' | 'binary') {
  return oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format as 'text');
}
