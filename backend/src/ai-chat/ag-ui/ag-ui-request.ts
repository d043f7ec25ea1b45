// The request of an AG-UI client (`RunAgentInput`). Tools, context and state are not used: this agent writes text.
import { z } from 'zod';
import { parseFields } from '../../http/parse-fields.ts';
import { addedFields, type ShownBranch, storableText } from '../shown-branches/shown-branch.ts';
import type { AgUiRun } from '../sse/encoders/ag-ui-encoder.ts';

const id = z.string().min(1, 'must not be empty');
const textPart = z.object({
  type: z.literal('text', { error: "must be 'text': this server takes text only" }),
  text: z.string(),
});
const message = z.object({
  id,
  role: z.enum(['user', 'assistant']),
  content: z.union([z.string().transform((text) => [{ text }]), z.array(textPart)]).default([]),
});

/** The schema of the body. */
export const agUiSchema = z.object({
  threadId: id,
  runId: id,
  // Other roles are the client's own: its instructions, the reasoning that it was sent, tools.
  messages: z
    .array(z.looseObject({ role: z.string() }))
    .transform((all) => all.filter(({ role }) => role === 'user' || role === 'assistant'))
    .pipe(z.array(message)),
  forwardedProps: z.looseObject({}).nullish(),
});

/** Parses a request body. A message that has a reply is regenerated, as a client runs it again to get another one; while the
 *  reply is under way, it is the same run.
 *  @throws {StreamError} `bad-request` with every invalid field. */
export function agUiRequest(body: unknown): { run: AgUiRun; branch: ShownBranch } {
  const { threadId, runId, forwardedProps, messages: all } = parseFields(agUiSchema, body);
  const messages = all.map(({ id, role, content }) => ({
    id,
    role,
    text: storableText(content.map(({ text }) => text).join('\n')),
  }));
  const messageId = messages.at(-1)?.id;
  const fields = addedFields(forwardedProps ?? {});
  return { run: { threadId, runId }, branch: { sessionId: threadId, trigger: 'submit', messages, messageId, fields } };
}
