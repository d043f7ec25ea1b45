// What a database throws where one statement is to blame, and not the database or its connection.
import type { Statement } from './database.ts';

/** A statement that the database refuses: it breaks a constraint, or its SQL or its values cannot be stored. */
export class StatementError extends Error {
  readonly statement: Statement;

  constructor(statement: Statement, cause: Error) {
    super(cause.message, { cause });
    this.name = 'StatementError';
    this.statement = statement;
  }
}
