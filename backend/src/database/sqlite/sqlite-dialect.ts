// Kysely on `node:sqlite`, with DDL in transactions: SQLite can, Kysely's stock adapter says that it cannot.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { SqliteAdapter, SqliteDialect } from 'kysely';
import type { StatementCache } from '../statement-cache.ts';

/** Dialect of the embedded database. Pending migrations and their records are one transaction: a process that dies in
 *  between leaves the tables of before. https://sqlite.org/lang_transaction.html */
export class EmbeddedDialect extends SqliteDialect {
  constructor(connection: DatabaseSync, statements: StatementCache) {
    super({ database: asKyselyExpects(connection, statements) });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Gives `node:sqlite` the few methods that Kysely's stock dialect asks for. */
function asKyselyExpects(connection: DatabaseSync, statements: StatementCache) {
  const wrap = (statement: StatementSync) => ({
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters: readonly unknown[]) =>
      statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
  });
  return { close: () => connection.close(), prepare: (sql: string) => wrap(statements.get(sql)) };
}
