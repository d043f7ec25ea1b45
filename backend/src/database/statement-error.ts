// The error for a statement that the database rejects, as opposed to a failure of the database or its connection.
import type { Statement } from './database.ts';

/** A rejected statement: it violates a constraint, or its SQL or its values are invalid. */
export class StatementError extends Error {
  readonly statement: Statement;

  constructor(statement: Statement, cause: Error) {
    super(cause.message, { cause });
    this.name = 'StatementError';
    this.statement = statement;
  }
}
