// What starts a stream, as a caller writes it. Roles are checked here, since their type does not; all else by the server.
import { type ChatRequest, StreamError } from '@sillage/protocol';

/** Starts a stream. As `ChatRequest`, but a role is any string. */
export interface StartRequest extends Omit<ChatRequest, 'history'> {
  readonly history?: ReadonlyArray<{ readonly role: string; readonly content: string }>;
}

/** Says which role of `history` is none; `undefined` when all are. */
export function wrongRole({ history = [] }: StartRequest): StreamError | undefined {
  const index = history.findIndex(({ role }) => role !== 'user' && role !== 'assistant');
  if (index < 0) return undefined;
  return new StreamError('bad-request', `history.${index}.role must be 'user' or 'assistant'.`);
}
