// The request of the AI SDK's `DefaultChatTransport`: all messages, or the last one alone where the page prepares the request
// itself.
import { z } from 'zod';
import { parseFields } from '../../http/parse-fields.ts';
import { addedFields, type ShownBranch, type ShownMessage, storableText } from '../shown-branches/shown-branch.ts';

const id = z.string().min(1, 'must not be empty');

/** Parts of other types than text are what the model or the page added; a file would be ignored in silence. */
const part = z.looseObject({ type: z.string(), text: z.string().optional() }).refine(({ type }) => type !== 'file', {
  error: 'must not be a file: this server takes text only',
});

const message = z.object({
  id,
  role: z.enum(['user', 'assistant'], {
    error: "must be 'user' or 'assistant'; the system prompt is a setting of the server",
  }),
  parts: z.array(part),
});

/** The schema of the body. */
export const uiMessageSchema = z.looseObject({
  id,
  messages: z.array(message).optional(),
  message: message.optional(),
  trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
  messageId: id.nullish(),
});

/** Parses a request body.
 *  @throws {StreamError} `bad-request` with every invalid field. */
export function uiMessageRequest(body: unknown): ShownBranch {
  const {
    id: sessionId,
    message,
    messages = message ? [message] : [],
    trigger,
    messageId,
    ...rest
  } = parseFields(uiMessageSchema, body);
  return {
    sessionId,
    trigger: trigger === 'submit-message' ? 'submit' : 'regenerate',
    messages: messages.map(shownMessage),
    messageId: messageId ?? undefined,
    fields: addedFields(rest),
  };
}

function shownMessage({ id, role, parts }: z.infer<typeof message>): ShownMessage {
  const texts = parts.filter(({ type }) => type === 'text').map(({ text = '' }) => text);
  return { id, role, text: storableText(texts.join('\n')) };
}
