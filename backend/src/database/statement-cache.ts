// Compiling a statement costs more than running it; a program has few, and runs them again and again.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** More are compiled each time they run. */
const most = 500;

/** Compiles each statement once. Not for statements that are iterated: those hold state while they run. */
export class StatementCache {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  get(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      if (this.#statements.size < most) this.#statements.set(sql, statement);
    }
    return statement;
  }
}
