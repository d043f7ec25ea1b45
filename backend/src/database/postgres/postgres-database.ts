// The database of several nodes: PostgreSQL, with one pool for reads and one for writes; each batch is one transaction.
import { StreamError } from '@sillage/protocol';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Pool } from 'pg';
import type { Observer } from '../../observing/observer.ts';
import { Outage } from '../../observing/outage.ts';
import type { Batch, Database } from '../database.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { asKyselyExpects, connect, openPool, type ReadOptions } from './postgres-connections.ts';
import { runBatch } from './postgres-transaction.ts';

/** Sizes of the pools, and time limits. */
export interface PostgresOptions {
  /** The schema of all tables; default: `public`. */
  readonly schema?: string;
  /** Maximum number of connections for reads. */
  readonly readers?: number;
  /** Maximum number of connections for writes. */
  readonly writers?: number;
  /** Time limit for opening a connection. */
  readonly connectMs?: number;
  /** Time limit for a statement; then its connection is closed. */
  readonly queryTimeoutMs?: number;
  /** Delay before a failed write is retried. */
  readonly storageRetryMs?: number;
  readonly observer?: Observer | undefined;
}

/** A PostgreSQL database, 14 or later, that nodes share. Writes run concurrently; a caller that needs an order awaits the first
 *  write before the second. */
export class PostgresDatabase implements Database {
  readonly query: Kysely<Schema>;
  readonly longQuery: Kysely<Schema>;
  readonly #readers: Pool;
  readonly #writers: Pool;
  /** Creates a pool without time limits, for migrations and indexes at startup. */
  readonly #openUnlimited: () => Pool;
  readonly #queryTimeoutMs: number;
  readonly #writing = new Set<Promise<boolean>>();
  readonly #outage: Outage;
  readonly #observer: Observer | undefined;
  #isClosed = false;

  private constructor(
    server: string | { readonly options: object },
    {
      schema = 'public',
      readers = 10,
      writers = 4,
      connectMs = 10_000,
      queryTimeoutMs = 10_000,
      storageRetryMs = 500,
      observer,
    }: PostgresOptions,
  ) {
    this.#observer = observer;
    this.#outage = new Outage({
      context: 'Database',
      begun: 'The database cannot be reached or cannot write. Ends of replies wait and are retried.',
      over: 'The database works again.',
      quietMs: storageRetryMs * 2,
    });
    const place = { server, schema, connectMs };
    this.#readers = openPool({ ...place, maxConnections: readers, queryTimeoutMs });
    this.#writers = openPool({ ...place, maxConnections: writers, queryTimeoutMs, pipeline: true });
    this.#openUnlimited = () => openPool({ ...place, maxConnections: 1, pipeline: true });
    this.#queryTimeoutMs = queryTimeoutMs;
    this.query = queryOn(this.#readers, { queryTimeoutMs, outage: this.#outage });
    this.longQuery = this.query;
  }

  /** Connects and runs the pending migrations; only one node migrates at a time.
   *  @throws {StreamError} `storage` when the server cannot be reached or the database cannot be used. */
  static async open(
    server: string | { readonly options: object },
    options: PostgresOptions = {},
  ): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(server, options);
    try {
      const unlimited = queryOn(database.#openUnlimited(), {});
      await upgrade(unlimited, options.schema ?? 'public').finally(() => unlimited.destroy());
      return database;
    } catch (error) {
      await database.close();
      if (error instanceof StreamError) throw withCause(error);
      const message = `The database cannot be migrated: ${(error as Error).message}`;
      throw new StreamError('storage', message, { cause: error });
    }
  }

  /** See `Database.write`. When the connection is lost during the commit, the batch may have been committed although the call
   *  rejects; a caller that retries must handle this. */
  async write(batch: Batch): Promise<boolean> {
    if (this.#isClosed) throw new StreamError('storage', 'The database is closed.');
    const at = performance.now();
    const writing = commitOn(this.#writers, batch, { queryTimeoutMs: this.#queryTimeoutMs });
    this.#writing.add(writing);
    try {
      const isWritten = await writing;
      this.#outage.succeeded();
      this.#observer?.committed?.(performance.now() - at);
      return isWritten;
    } catch (error) {
      if (error instanceof StreamError) this.#outage.failed(error.cause);
      throw error;
    } finally {
      this.#writing.delete(writing);
    }
  }

  /** Writes a batch at startup that may take long, such as creating an index, without time limits. */
  async prepare(batch: Batch): Promise<boolean> {
    const unlimited = this.#openUnlimited();
    return commitOn(unlimited, batch, {}).finally(() => unlimited.end());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#outage.close();
    await Promise.allSettled(this.#writing);
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }
}

/** Names the cause in the message, which is all that is printed at start. */
function withCause({ code, message, cause }: StreamError): StreamError {
  if (!(cause instanceof Error)) return new StreamError(code, message);
  const reason = cause.message || (cause as NodeJS.ErrnoException).code;
  return new StreamError(code, `${message} Cause: ${reason}`, { cause });
}

async function commitOn(pool: Pool, batch: Batch, limit: { queryTimeoutMs?: number }): Promise<boolean> {
  const client = await connect(pool);
  let isBroken = false;
  try {
    return await runBatch(client, batch, limit);
  } catch (error) {
    isBroken = error instanceof StreamError;
    throw error;
  } finally {
    client.release(isBroken);
  }
}

function queryOn(pool: Pool, options: ReadOptions): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: asKyselyExpects(pool, options) }) });
}

/** Checks the encoding and migrates. Kysely's migrator takes an advisory lock, so only one node migrates at a time. */
async function upgrade(query: Kysely<Schema>, schema: string): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(query);
  if (rows[0]?.server_encoding !== 'UTF8') {
    throw new StreamError('storage', 'The database does not store text as UTF-8. Create one with encoding UTF8.');
  }
  await migrate(query, undefined, { schema });
}
