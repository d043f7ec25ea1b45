// A start of a stream: as a caller writes it, and as it is sent.
import { type ChatRequest, headers } from '@sillage/protocol';

/** A `ChatRequest` whose roles are any string to the compiler: the server rejects a wrong one. */
export interface StartRequest extends Omit<ChatRequest, 'history'> {
  readonly history?: ReadonlyArray<{ readonly role: string; readonly content: string }>;
}

/** The request of a start. However often it is sent, the server makes one stream of it. */
export type SentStart = ReturnType<typeof sentStart>;

/** Builds the request of a start, for either of the routes that take one. `key` is its idempotency key. */
export function sentStart(key: string, body: string) {
  return { method: 'POST', body, headers: { 'Content-Type': 'application/json', [headers.idempotencyKey]: key } };
}
