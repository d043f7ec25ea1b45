// PostgreSQL, for many nodes: reads go through one pool, writes through another, each batch a transaction of its own.
import { StreamError } from '@sillage/protocol';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Pool } from 'pg';
import type { Batch, Database } from '../database.ts';
import { migrate } from '../migrate.ts';
import type { Schema } from '../schema.ts';
import { asKyselyExpects, connect, openPool } from './postgres-connections.ts';
import { runBatch } from './postgres-transaction.ts';

/** How to connect: so many connections at most for reads and for writes, each made within `connectMs`. */
export interface PostgresOptions {
  readonly readers?: number;
  readonly writers?: number;
  readonly connectMs?: number;
  /** How long a statement may go unanswered before its connection is given up. */
  readonly answerMs?: number;
}

/** Keeps rows in a PostgreSQL database, 14 or later, that other nodes share. Writes overlap: who needs one behind another
 *  waits for it. */
export class PostgresDatabase implements Database {
  readonly query: Kysely<Schema>;
  readonly #readers: Pool;
  readonly #writers: Pool;
  /** Opens connections without time limits, for what may take long at a start. */
  readonly #openUnlimited: () => Pool;
  readonly #answerMs: number;
  readonly #writing = new Set<Promise<boolean>>();
  #isClosed = false;

  private constructor(
    url: string,
    { readers = 10, writers = 4, connectMs = 10_000, answerMs = 10_000 }: PostgresOptions,
  ) {
    this.#readers = openPool({ url, most: readers, connectMs, answerMs });
    this.#writers = openPool({ url, most: writers, connectMs, answerMs, pipeline: true });
    this.#openUnlimited = () => openPool({ url, most: 1, connectMs, pipeline: true });
    this.#answerMs = answerMs;
    this.query = queryOn(this.#readers, { answerMs });
  }

  /** Connects and brings the tables up to date, one node after the other.
   *  @throws {StreamError} `storage`: no database there, or one that is not Sillage's to use. */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, options);
    try {
      const unlimited = queryOn(database.#openUnlimited(), {});
      await upgrade(unlimited).finally(() => unlimited.destroy());
      return database;
    } catch (error) {
      await database.close();
      if (error instanceof StreamError) throw error;
      const message = `The database cannot be brought up to date: ${(error as Error).message}`;
      throw new StreamError('storage', message, { cause: error });
    }
  }

  /** See `Database.write`. Where the answer to the commit is lost, a batch that failed may have been written: who writes
   *  it again must find out. */
  async write(batch: Batch): Promise<boolean> {
    if (this.#isClosed) throw new StreamError('storage', 'The database is closed.');
    const writing = commitOn(this.#writers, batch, { answerMs: this.#answerMs });
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  /** Writes what a start needs and may take long: an index over all that is there, say. */
  async prepare(batch: Batch): Promise<boolean> {
    const unlimited = this.#openUnlimited();
    return commitOn(unlimited, batch, {}).finally(() => unlimited.end());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#writing);
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }
}

async function commitOn(pool: Pool, batch: Batch, limit: { answerMs?: number }): Promise<boolean> {
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

function queryOn(pool: Pool, limit: { answerMs?: number }): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: asKyselyExpects(pool, limit) }) });
}

/** Leaves the advisory lock, under which one node migrates after the other, to Kysely's migrator. */
async function upgrade(query: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(query);
  if (rows[0]?.server_encoding !== 'UTF8') {
    throw new StreamError('storage', 'The database does not keep text as UTF-8. Make one with encoding UTF8.');
  }
  await migrate(query);
}
