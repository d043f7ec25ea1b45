// When a stream is erased, its idempotency key is replaced by a hash, so that a late repetition of the start is recognized.
import { createHash } from 'node:crypto';

/** Prefix of every erased key; no key of a start has it. */
export const erasedKeyPrefix = 'erased:';

/** Returns the stored form of an erased key. */
export function erasedKey(key: string): string {
  return erasedKeyPrefix + createHash('sha256').update(key).digest('hex');
}
