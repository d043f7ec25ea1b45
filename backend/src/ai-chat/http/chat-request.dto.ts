// What a client sends to start a stream, checked once at the edge (docs/protocol.md §2).
import type { PipeTransform } from '@nestjs/common';
import { type ChatRequest, type HistoryTurn, limits } from '@sillage/protocol';
import { z } from 'zod';
import { isIdentifier } from '../../database/identifier.ts';
import { badFields } from '../../http/errors.ts';

const id = z
  .string()
  .min(1, 'must not be empty')
  .max(limits.idLength, `must have at most ${limits.idLength} characters`)
  .refine(isIdentifier, 'must be well-formed text without U+0000');
const text = (most: number) => z.string().max(most, `must have at most ${most} characters`);
const turn = z.object({
  role: z.enum(['user', 'assistant'], { error: "must be 'user' or 'assistant'" }),
  content: text(limits.historyTurnLength),
});

/** Checks the body of `POST /stream` and `POST /streams`; keys that it does not know are dropped. */
export const chatRequestSchema = z
  .object({
    message: text(limits.messageLength).min(1, 'must not be empty').optional(),
    history: z.array(turn).max(limits.historyTurns, `must have at most ${limits.historyTurns} turns`).optional(),
    sessionId: id.optional(),
    workspaceId: id.optional(),
    projectId: id.optional(),
    currentOrganizationId: id.optional(),
    model: id.optional(),
    temperature: z.number().min(0, 'must be at least 0').optional(),
    maxTokens: z.int().min(1, 'must be at least 1').optional(),
    regenerate: id.optional(),
    parentId: id.nullish(),
  })
  .superRefine(({ message, regenerate, parentId, sessionId }, context) => {
    const refuse = (path: string, text: string) => context.addIssue({ code: 'custom', path: [path], message: text });
    if (message === undefined && regenerate === undefined) refuse('message', 'is missing');
    if (message !== undefined && regenerate !== undefined) refuse('message', 'must be absent with regenerate');
    if (parentId !== undefined && regenerate !== undefined) refuse('parentId', 'must be absent with regenerate');
    if (sessionId === undefined && regenerate !== undefined) refuse('sessionId', 'is missing: regenerate needs it');
    if (sessionId === undefined && parentId !== undefined) refuse('sessionId', 'is missing: parentId needs it');
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

/** Checks the query of `GET /stream-sse`: the same, with `history` as JSON and numbers as text. */
export const chatQuerySchema = z
  .looseObject({ history: json.optional(), temperature: number.optional(), maxTokens: number.optional() })
  .pipe(chatRequestSchema);

/** Is a chat request that was checked. */
export class ChatRequestDto implements ChatRequest {
  declare readonly message?: string;
  declare readonly history?: readonly HistoryTurn[];
  declare readonly sessionId?: string;
  declare readonly workspaceId?: string;
  declare readonly projectId?: string;
  declare readonly currentOrganizationId?: string;
  declare readonly model?: string;
  declare readonly temperature?: number;
  declare readonly maxTokens?: number;
  declare readonly regenerate?: string;
  declare readonly parentId?: string | null;
}

/** Parses what came from outside.
 *  @throws {StreamError} `bad-request` that names every wrong field. */
export function parseChat(schema: typeof chatRequestSchema | typeof chatQuerySchema, value: unknown): ChatRequestDto {
  const parsed = schema.safeParse(value ?? {});
  if (!parsed.success) throw badFields(parsed.error.issues);
  return parsed.data as ChatRequestDto; // zod writes an absent key as `| undefined`
}

/** Turns a JSON body into a chat request. */
export class ChatRequestPipe implements PipeTransform<unknown, ChatRequestDto> {
  transform(body: unknown): ChatRequestDto {
    return parseChat(chatRequestSchema, body);
  }
}
