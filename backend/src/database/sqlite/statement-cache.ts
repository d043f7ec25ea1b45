// Caches prepared statements: preparing one costs more than running it, and the server has few different ones.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Maximum number of cached statements; further ones are prepared each time. */
const maxStatements = 500;

/** Prepares each statement once. Not for `iterate`, because an iterated statement holds state. */
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
      if (this.#statements.size < maxStatements) this.#statements.set(sql, statement);
    }
    return statement;
  }
}
