// When a stream is erased, its idempotency key is replaced by a hash, so that a late repetition of the start is recognized.
import { createHash } from 'node:crypto';

/** Prefix of every erased key; no key of a start has it. */
const prefix = 'erased:';

/** Returns the stored form of an erased key. */
export function erasedKey(key: string): string {
  return prefix + createHash('sha256').update(key).digest('hex');
}
