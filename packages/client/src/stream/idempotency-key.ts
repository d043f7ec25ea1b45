// Names one start, however often it is sent. `crypto.randomUUID` is missing on pages that came over plain HTTP, and
// `crypto` in React Native.

/** Makes a key that nobody else makes. It is no secret. */
export function newIdempotencyKey(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Math.random()}`;
}
