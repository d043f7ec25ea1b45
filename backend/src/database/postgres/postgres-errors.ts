// Classifies the errors of PostgreSQL and its connections: a rejected statement, a storage failure, or a conflict of two
// transactions, which is retried.
import { StreamError } from '@sillage/protocol';
import { DatabaseError } from 'pg';
import { StatementError } from '../statement-error.ts';

/** Error classes that a statement itself causes: its SQL, its values, a constraint, a trigger that rejects it (`P0`, from
 *  `raise exception`). https://www.postgresql.org/docs/15/errcodes-appendix.html */
const statementErrorClasses = ['09', '0A', '20', '21', '22', '23', '27', '2F', '38', '39', '42', '44', '54', 'P0'];
const conflicts = { SERIALIZATION_FAILURE: '40001', DEADLOCK_DETECTED: '40P01' };

/** Whether the statement itself caused the error, as opposed to the database or the connection. */
export function isStatementFault(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && statementErrorClasses.includes(error.code?.slice(0, 2) ?? '');
}

/** Returns the error unchanged when a statement caused it; otherwise a StreamError `storage` with the error as its cause. */
export function classifyError(error: unknown): unknown {
  if (error instanceof StreamError || error instanceof StatementError || isStatementFault(error)) return error;
  return new StreamError('storage', 'The database cannot be reached or cannot write. Is it running?', { cause: error });
}

/** Whether the transaction was rolled back because of a concurrent one (deadlock, serialization) and can be retried. */
export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && Object.values(conflicts).includes(error.code ?? '');
}
