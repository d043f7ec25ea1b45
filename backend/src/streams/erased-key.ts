// What is left of an idempotency key when its stream was erased: a hash, by which a late twin of the start is still known.
import { createHash } from 'node:crypto';

/** Begins every erased key; no start is stored under such a name. */
export const erasedKeyPrefix = 'erased:';

/** Returns the name under which an erased key is stored. */
export function erasedKey(key: string): string {
  return erasedKeyPrefix + createHash('sha256').update(key).digest('hex');
}
