// Caches prepared statements: preparing one costs more than running it, and the server has few different ones.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Maximum number of cached statements. One more replaces the oldest: statements with lists have a text for each length, and would
 *  fill the cache for ever. */
const maxStatements = 500;

/** Prepares each statement once. Not for `iterate`, because an iterated statement holds state. */
export class StatementCache {
  readonly #connection: DatabaseSync;
  /** Oldest first. */
  readonly #statements = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  get(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined && this.#statements.size >= maxStatements) this.#statements.delete(oldest);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get size(): number {
    return this.#statements.size;
  }
}
