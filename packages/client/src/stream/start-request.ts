// A start of a stream: as a caller writes it, and as it is sent.
import type { ChatRequest } from '@sillage/protocol';

/** A `ChatRequest` whose roles are any string to the compiler: the server rejects a wrong one. */
export interface StartRequest extends Omit<ChatRequest, 'history'> {
  readonly history?: ReadonlyArray<{ readonly role: string; readonly content: string }>;
}

/** A start as it is sent. However often it is sent, the server makes one stream of it. */
export interface SentStart {
  readonly key: string;
  readonly body: string;
}
