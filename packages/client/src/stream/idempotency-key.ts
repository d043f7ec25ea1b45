// Names one start, however often it is sent. `crypto.randomUUID` is missing on pages that came over plain HTTP.

/** Makes a key that nobody else makes. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join('-');
}
