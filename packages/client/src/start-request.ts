// What starts a stream, as a caller writes it, and the check that it can be sent at all.
import { type ChatRequest, limits, StreamError } from '@sillage/protocol';

/** Starts a stream. As `ChatRequest`, but a role is any string: it is checked when called. */
export interface StartRequest extends Omit<ChatRequest, 'history'> {
  readonly history?: ReadonlyArray<{ readonly role: string; readonly content: string }>;
}

/** Checks what the server would refuse anyway, and names the first wrong field; the server checks the rest.
 *  `undefined` when nothing is wrong. */
export function invalid(request: StartRequest): StreamError | undefined {
  const { message, history = [], regenerate } = request;
  if (message === undefined ? !regenerate : !isText(message, limits.messageLength) || message === '')
    return badRequest('message', `must be 1 to ${limits.messageLength} characters`);
  if (!Array.isArray(history) || history.length > limits.historyTurns)
    return badRequest('history', `must be at most ${limits.historyTurns} turns`);
  for (const [index, { role, content }] of history.entries()) {
    if (role !== 'user' && role !== 'assistant')
      return badRequest(`history.${index}.role`, "must be 'user' or 'assistant'");
    if (!isText(content, limits.historyTurnLength))
      return badRequest(`history.${index}.content`, `must be at most ${limits.historyTurnLength} characters`);
  }
  return undefined;
}

function isText(value: unknown, longest: number): boolean {
  return typeof value === 'string' && value.length <= longest;
}

function badRequest(field: string, wrong: string): StreamError {
  return new StreamError('bad-request', `${field} ${wrong}.`, { fields: { [field]: wrong } });
}
