// Kysely dialects for `node:sqlite`: on a connection of this thread, with transactional DDL, which Kysely's stock adapter disables, and
// on that of a worker thread.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Driver, SqliteAdapter, SqliteDialect } from 'kysely';
import type { ReadingThread } from './reading-thread.ts';
import type { StatementCache } from './statement-cache.ts';

/** Dialect of the embedded database. Pending migrations and their records run in one transaction, so an interrupted
 *  migration leaves the previous tables. https://sqlite.org/lang_transaction.html */
export class EmbeddedDialect extends SqliteDialect {
  constructor(connection: DatabaseSync, statements: StatementCache) {
    super({ database: asKyselyExpects(connection, statements) });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/** Dialect of reads in a worker thread. */
export class ReadingDialect extends SqliteDialect {
  readonly #thread: ReadingThread;

  constructor(thread: ReadingThread) {
    super({ database: () => Promise.reject(new Error('The thread has the connection.')) });
    this.#thread = thread;
  }

  override createDriver(): Driver {
    return this.#thread;
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Adapts `node:sqlite` to the database interface of Kysely's stock dialect. */
function asKyselyExpects(connection: DatabaseSync, statements: StatementCache) {
  const readers = new WeakMap<StatementSync, boolean>();
  const isReader = (statement: StatementSync) => {
    let isOne = readers.get(statement);
    if (isOne === undefined) {
      isOne = statement.columns().length > 0;
      readers.set(statement, isOne);
    }
    return isOne;
  };
  const wrap = (statement: StatementSync) => ({
    reader: isReader(statement),
    all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters: readonly unknown[]) =>
      statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
  });
  return { close: () => connection.close(), prepare: (sql: string) => wrap(statements.get(sql)) };
}
