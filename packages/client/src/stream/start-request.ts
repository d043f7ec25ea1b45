// What starts a stream, as a caller writes it.
import type { ChatRequest } from '@sillage/protocol';

/** Starts a stream. As `ChatRequest`, but a role is any string to the compiler: the server refuses a wrong one. */
export interface StartRequest extends Omit<ChatRequest, 'history'> {
  readonly history?: ReadonlyArray<{ readonly role: string; readonly content: string }>;
}
