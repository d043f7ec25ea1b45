// Ids and idempotency keys. `crypto.randomUUID` is missing on pages that came over plain HTTP, and `crypto` in React Native.

/** Creates a unique id. It may be guessable, so it must not serve as a secret. */
export function uniqueId(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Math.random()}`;
}
