// What PostgreSQL and its connections throw, told apart: the batch's own fault, the database's, or a mere collision.
import { StreamError } from '@sillage/protocol';
import { DatabaseError } from 'pg';

/** Classes of https://www.postgresql.org/docs/15/errcodes-appendix.html that a statement has only itself to blame for. */
const ownFaults = ['0A', '21', '22', '23', '42', '54'];
const collisions = { SERIALIZATION_FAILURE: '40001', DEADLOCK_DETECTED: '40P01' };

/** Returns the error as it is when a statement alone is to blame: a broken constraint, SQL or values that cannot be;
 *  else a StreamError `storage`. */
export function blame(error: unknown): unknown {
  if (error instanceof StreamError) return error;
  if (error instanceof DatabaseError && ownFaults.includes(error.code?.slice(0, 2) ?? '')) return error;
  return new StreamError('storage', 'The database cannot be reached or cannot write. Is it running?', { cause: error });
}

/** Says whether two transactions were in each other's way: nothing of this one stays, and it may be run again. */
export function isCollision(error: unknown): boolean {
  return error instanceof DatabaseError && Object.values(collisions).includes(error.code ?? '');
}
