// The request that starts a stream, validated once (docs/protocol.md §2).
import type { PipeTransform } from '@nestjs/common';
import { type ChatRequest, limits } from '@sillage/protocol';
import { z } from 'zod';
import { isIdentifier } from '../../database/identifier.ts';
import { parseFields } from '../../http/parse-fields.ts';

const id = z
  .string()
  .min(1, 'must not be empty')
  .max(limits.idLength, `must have at most ${limits.idLength} characters`)
  .refine(isIdentifier, 'must be well-formed text without U+0000');
const text = (max: number) => z.string().max(max, `must have at most ${max} characters`);
const historyTurn = z.object({
  role: z.enum(['user', 'assistant'], { error: "must be 'user' or 'assistant'" }),
  content: text(limits.historyTurnLength),
});

/** The schema of the body of `POST /stream` and `POST /streams`; unknown keys are dropped. */
export const chatRequestSchema = z
  .object({
    message: text(limits.messageLength).min(1, 'must not be empty').optional(),
    history: z.array(historyTurn).max(limits.historyTurns, `must have at most ${limits.historyTurns} turns`).optional(),
    sessionId: id.optional(),
    workspaceId: id.optional(),
    projectId: id.optional(),
    currentOrganizationId: id.optional(),
    model: id.optional(),
    temperature: z.number().min(0, 'must be at least 0').optional(),
    maxTokens: z.int().min(1, 'must be at least 1').optional(),
    systemPrompt: text(limits.systemPromptLength)
      .min(1, 'must not be empty')
      .transform((text) => text.toWellFormed().replaceAll('\0', '\uFFFD'))
      .optional(),
    regenerate: id.optional(),
    continue: id.optional(),
    parentId: id.nullish(),
    messageId: id.optional(),
    replyId: id.optional(),
  })
  .superRefine(({ message, regenerate, continue: continued, parentId, sessionId, messageId, replyId }, context) => {
    const reject = (path: string, text: string) => context.addIssue({ code: 'custom', path: [path], message: text });
    const earlier = regenerate !== undefined ? 'regenerate' : continued !== undefined ? 'continue' : undefined;
    if (message === undefined && earlier === undefined) reject('message', 'is missing');
    if (regenerate !== undefined && continued !== undefined) reject('continue', 'must be absent with regenerate');
    if (message !== undefined && earlier !== undefined) reject('message', `must be absent with ${earlier}`);
    if (parentId !== undefined && earlier !== undefined) reject('parentId', `must be absent with ${earlier}`);
    if (sessionId === undefined && earlier !== undefined) reject('sessionId', `is missing: ${earlier} needs it`);
    if (sessionId === undefined && parentId !== undefined) reject('sessionId', 'is missing: parentId needs it');
    if (sessionId === undefined && messageId !== undefined) reject('sessionId', 'is missing: messageId needs it');
    if (sessionId === undefined && replyId !== undefined) reject('sessionId', 'is missing: replyId needs it');
    if (messageId !== undefined && earlier !== undefined) reject('messageId', `must be absent with ${earlier}`);
    if (messageId !== undefined && messageId === replyId) reject('replyId', 'must differ from messageId');
  });

const number = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be a number')
  .transform(Number);
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

/** The fields of a chat request that a query writes as text. */
export const chatQueryFields = {
  history: json.optional(),
  temperature: number.optional(),
  maxTokens: number.optional(),
};

/** The schema of the query of `GET /stream-sse`: the same, with `history` as JSON and numbers as text. */
export const chatQuerySchema = z.looseObject(chatQueryFields).pipe(chatRequestSchema);

/** A validated chat request. A type and no class: a global `ValidationPipe` would reject every field of a class without its
 *  decorators. */
export type ChatRequestDto = ChatRequest;

/** Parses a body or a query.
 *  @throws {StreamError} `bad-request` with every invalid field. */
export function parseChat(schema: typeof chatRequestSchema | typeof chatQuerySchema, value: unknown): ChatRequestDto {
  return parseFields(schema, value) as ChatRequestDto; // zod writes an absent key as `| undefined`
}

/** Parses a JSON body as a chat request. */
export class ChatRequestPipe implements PipeTransform<unknown, ChatRequestDto> {
  transform(body: unknown): ChatRequestDto {
    return parseChat(chatRequestSchema, body);
  }
}
