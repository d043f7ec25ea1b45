// The stored revocations: shared by all nodes, and kept across restarts.
import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely';
import type { Database, Statement } from '../../database/database.ts';
import type { Schema } from '../../database/schema.ts';
import type { Revocation } from './revocation-list.ts';

/** Maximum time from the writing of a row to its commit, in milliseconds: a later row may be visible before it. */
const commitWithinMs = 60_000;

/** Writes and reads revocations. */
export class RevocationRows {
  readonly #database: Database;
  /** The latest `written_at` that was read, by the database's clock. */
  #seen = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Stores a revocation. Another one of the same subject stays in force as well.
   *  @throws {StreamError} `storage`. */
  async write(revocation: Revocation): Promise<void> {
    await this.#database.write([this.#upsert(revocation)]);
  }

  /** Reads the revocations that may have been written since the last call; the first call reads all. */
  async readNew(): Promise<Revocation[]> {
    const rows = await this.#database.query
      .selectFrom('revocations')
      .selectAll()
      .where('written_at', '>=', this.#seen - commitWithinMs)
      .execute();
    for (const { written_at } of rows) this.#seen = Math.max(this.#seen, written_at);
    return rows.map(({ kind, subject, revoked_before, expires_at }) => ({
      kind,
      subject,
      before: revoked_before,
      expiresAt: expires_at,
    }));
  }

  /** Deletes the revocations whose tokens have all expired. */
  async deleteExpired(now: number): Promise<void> {
    const expired = this.#database.query.deleteFrom('revocations').where('expires_at', '<', now);
    await this.#database.write([expired.compile()]);
  }

  #upsert({ kind, subject, before, expiresAt }: Revocation): Statement {
    const { query } = this.#database;
    const row = { kind, subject, revoked_before: before, expires_at: expiresAt, written_at: nowOf(query) };
    return query
      .insertInto('revocations')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['kind', 'subject']).doUpdateSet({
          revoked_before: laterOf('revoked_before'),
          expires_at: laterOf('expires_at'),
          written_at: sql`excluded.written_at`,
        }),
      )
      .compile();
  }
}

/** The later of a stored and a new time; null, which means never, if either is null. */
function laterOf(column: string): RawBuilder<number | null> {
  const [stored, given] = [sql.ref(`revocations.${column}`), sql.ref(`excluded.${column}`)];
  return sql`case when ${stored} is null or ${given} is null then null
    when ${stored} > ${given} then ${stored} else ${given} end`;
}

/** The time by the clock of the database, which all nodes share; with the embedded one, by that of the single process. */
function nowOf(query: Kysely<Schema>): RawBuilder<number> {
  if (!(query.getExecutor().adapter instanceof PostgresAdapter)) return sql`${Date.now()}`;
  return sql`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;
}
