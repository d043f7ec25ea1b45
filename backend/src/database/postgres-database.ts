// PostgreSQL, for many nodes: reads go through a pool, writes through one connection, each batch a transaction of its own.
import { StreamError } from '@sillage/protocol';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { Batch, Database, Statement } from './database.ts';
import { migrate } from './migrations.ts';
import { asKyselyExpects, connect, openPool, storable } from './postgres-connections.ts';
import { blame, isCollision } from './postgres-errors.ts';
import type { Schema } from './schema.ts';

/** So often a batch is run that another node's was in the way of. */
const mostAttempts = 5;

/** How to connect: `readers` connections at most besides the one that writes, each made within `connectMs`. */
export interface PostgresOptions {
  readonly readers?: number;
  readonly connectMs?: number;
}

/** Keeps rows in a PostgreSQL database, 14 or later, that other nodes share. Writes keep their order. */
export class PostgresDatabase implements Database {
  readonly query: Kysely<Schema>;
  readonly #writer: Pool;
  #written: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(url: string, { readers = 10, connectMs = 10_000 }: PostgresOptions) {
    const pool = openPool({ url, most: readers, connectMs });
    this.query = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: asKyselyExpects(pool) }) });
    this.#writer = openPool({ url, most: 1, connectMs, pipeline: true });
  }

  /** Connects and brings the tables up to date, one node after the other.
   *  @throws {StreamError} `storage`: no database there, or one that is not Sillage's to use. */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    const database = new PostgresDatabase(url, options);
    try {
      await database.#upgrade();
      return database;
    } catch (error) {
      await database.close();
      if (error instanceof StreamError) throw error;
      const message = `The database cannot be brought up to date: ${(error as Error).message}`;
      throw new StreamError('storage', message, { cause: error });
    }
  }

  write(batch: Batch): Promise<boolean> {
    if (this.#isClosed) return Promise.reject(new StreamError('storage', 'The database is closed.'));
    const writing = this.#written.then(() => this.#commit(batch));
    this.#written = writing.catch(() => {}); // whoever wrote is told
    return writing;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#written;
    await Promise.all([this.query.destroy(), this.#writer.end()]);
  }

  /** Leaves the advisory lock, under which one node migrates after the other, to Kysely's migrator. */
  async #upgrade(): Promise<void> {
    const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(this.query);
    if (rows[0]?.server_encoding !== 'UTF8') {
      throw new StreamError('storage', 'The database does not keep text as UTF-8. Make one with encoding UTF8.');
    }
    await migrate(this.query);
  }

  async #commit(batch: Batch): Promise<boolean> {
    const client = await connect(this.#writer);
    let isBroken = false;
    try {
      return await commit(client, batch);
    } catch (error) {
      isBroken = error instanceof StreamError;
      throw error;
    } finally {
      client.release(isBroken);
    }
  }
}

async function commit(client: PoolClient, batch: Batch): Promise<boolean> {
  const statements = typeof batch === 'function' ? batch() : batch;
  for (let attempt = 1; ; attempt++) {
    try {
      return await runOnce(client, statements);
    } catch (error) {
      if (!isCollision(error) || attempt === mostAttempts) throw blame(error);
    }
  }
}

/** Sends all statements at once: what follows one that fails fails too, and nothing of it stays. */
async function runOnce(client: PoolClient, statements: readonly Statement[]): Promise<boolean> {
  const send = ({ sql, parameters }: Statement) => client.query(sql, storable(parameters));
  const [only] = statements;
  if (only && statements.length === 1) return hasChanged(only, await send(only)); // a transaction by itself
  const [begun, ...outcomes] = await Promise.allSettled([client.query('begin'), ...statements.map(send)]);
  if (begun.status === 'rejected') throw begun.reason;
  let isRefused = false;
  try {
    isRefused = !statements.every((statement, index) => hasChanged(statement, resultOf(outcomes[index])));
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  await client.query(isRefused ? 'rollback' : 'commit');
  return !isRefused;
}

function resultOf(outcome: PromiseSettledResult<QueryResult> | undefined): QueryResult | undefined {
  if (outcome?.status === 'rejected') throw outcome.reason;
  return outcome?.value;
}

function hasChanged({ mustChange }: Statement, result: QueryResult | undefined): boolean {
  return !mustChange || (result?.rowCount ?? 0) > 0;
}
