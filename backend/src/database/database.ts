// The port to the relational database. Reads go through Kysely; every write of the program is a batch of statements.
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Is one compiled statement; what Kysely's `compile()` returns is one. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Refuses the whole batch when this statement changes no row. */
  readonly expectRowChange?: boolean;
  /** Whether it may be written earlier, in a transaction of its own: nothing reads it before the rest is written. */
  readonly isPreliminary?: boolean;
}

/** Holds the statements of one transaction. A function is asked at the moment of the commit. */
export type Batch = readonly Statement[] | (() => readonly Statement[]);

/** Where rows live. */
export interface Database {
  /** Builds queries: reads are executed, writes are compiled into statements. */
  readonly query: Kysely<Schema>;
  /** Runs the batch as one transaction; resolves once it would survive the death of this process:
   *  `false`, with nothing written, when a statement that must change something did not. Batches that nobody waits for
   *  may overlap.
   *  @throws {StreamError} `storage` when the database cannot write (a full disk, say).
   *  @throws {StatementError} when a statement of this batch breaks a constraint, say. A batch whose function throws rejects
   *  with that error. Neither affects another batch. */
  write(batch: Batch): Promise<boolean>;
  /** Commits what is pending and lets go of the database. */
  close(): Promise<void>;
}

/** Marks a statement as one that must change a row, or the whole batch is refused. */
export function expectRowChange({ sql, parameters }: Statement): Statement {
  return { sql, parameters, expectRowChange: true };
}

/** Injects the database. */
export const DATABASE = Symbol('Database');
