// Ids and idempotency keys. `crypto.randomUUID` is missing on pages that came over plain HTTP, and `crypto` in React Native.

/** Creates an id that nobody else creates. It is no secret. */
export function uniqueId(): string {
  return globalThis.crypto?.randomUUID?.() ?? `${Math.random()}`;
}
