// Names one start, however often it is sent. `crypto.randomUUID` is missing on pages that came over plain HTTP.

/** Makes a key that nobody else makes. */
export function newIdempotencyKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
