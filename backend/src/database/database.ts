// The port for the relational database. Reads use Kysely; every write is a batch of statements in one transaction.
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** A compiled SQL statement, as Kysely's `compile()` returns it. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Whether the whole batch is rolled back when this statement changes no row. */
  readonly expectRowChange?: boolean;
  /** Whether the statement may be committed earlier, on its own: nothing reads its rows before the rest is committed. */
  readonly isPreliminary?: boolean;
}

/** The statements of one transaction. A function is called at the moment of the commit. */
export type Batch = readonly Statement[] | (() => readonly Statement[]);

/** How soon a batch is committed. */
export interface WriteOptions {
  /** Whether somebody waits for it: it is committed without a delay, together with what is pending. */
  readonly isUrgent?: boolean;
}

/** The relational database, with the tables of `schema.ts`. */
export interface Database {
  /** Query builder. Reads are executed with it; writes are only compiled, for `write`. */
  readonly query: Kysely<Schema>;
  /** Query builder of reads that may take long, such as searches. They see what is committed, and do not block the event loop. */
  readonly longQuery: Kysely<Schema>;
  /** Runs the batch as one transaction. Resolves with `true` once it would survive a crash of this process, and with `false`
   *  when it was rolled back because a statement with `expectRowChange` changed no row. Concurrent calls may run in any
   *  order. A batch whose function throws rejects with that error.
   *  @throws {StreamError} `storage` when the database cannot write, for example on a full disk.
   *  @throws {StatementError} when the database rejects a statement, for example because of a constraint. Other batches are
   *  not affected. */
  write(batch: Batch, options?: WriteOptions): Promise<boolean>;
  /** Commits pending batches and closes the database. */
  close(): Promise<void>;
}

/** Marks a statement so that the batch is rolled back when the statement changes no row. */
export function expectRowChange({ sql, parameters }: Statement): Statement {
  return { sql, parameters, expectRowChange: true };
}

/** Injection token of the database. */
export const DATABASE = Symbol('Database');
