// What PostgreSQL and its connections throw, told apart: the batch's own fault, the database's, or a mere collision.
import { StreamError } from '@sillage/protocol';
import { DatabaseError } from 'pg';
import { StatementError } from '../statement-error.ts';

/** Classes of https://www.postgresql.org/docs/15/errcodes-appendix.html that a statement has only itself to blame for: its
 *  SQL, its values, a constraint, a trigger that refuses them (`P0`: `raise exception`). */
const ownFaults = ['09', '0A', '20', '21', '22', '23', '27', '2F', '38', '39', '42', '44', '54', 'P0'];
const collisions = { SERIALIZATION_FAILURE: '40001', DEADLOCK_DETECTED: '40P01' };

/** Whether a statement alone is to blame: a broken constraint, SQL or values that cannot be. */
export function isOwnFault(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && ownFaults.includes(error.code?.slice(0, 2) ?? '');
}

/** Returns the error as it is when a statement alone is to blame; else a StreamError `storage`. */
export function blame(error: unknown): unknown {
  if (error instanceof StreamError || error instanceof StatementError || isOwnFault(error)) return error;
  return new StreamError('storage', 'The database cannot be reached or cannot write. Is it running?', { cause: error });
}

/** Says whether two transactions were in each other's way: nothing of this one stays, and it may be run again. */
export function isCollision(error: unknown): boolean {
  return error instanceof DatabaseError && Object.values(collisions).includes(error.code ?? '');
}
