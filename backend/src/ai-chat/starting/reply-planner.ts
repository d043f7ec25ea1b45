// Plans a reply: which messages are the context of the completion request, and the place of the reply in the conversation.
import { Injectable } from '@nestjs/common';
import { type ChatRequest, type HistoryTurn, StreamError, type StreamId } from '@sillage/protocol';
import {
  type BranchEnd,
  ConversationService,
  type ConversationState,
  turnsOf,
} from '../../conversations/conversation.service.ts';
import type { ConversationKey } from '../../conversations/conversation-key.ts';
import type { StoredMessage } from '../../conversations/session-message.ts';
import type { Statement } from '../../database/database.ts';
import type { Scopes } from '../../database/scopes.ts';
import { badField } from '../../http/errors.ts';
import { monotonicIdFactory } from '../../streams/new-ids.ts';
import { scopesOf } from './scopes.ts';

/** The context of a reply, and the statements to store with its start. */
export interface ReplyPlan {
  readonly messages: readonly HistoryTurn[];
  /** Number of older messages that were not read because they cannot fit. */
  readonly omittedTurns: number;
  readonly extraStatements: (reply: {
    streamId: StreamId;
    model: string;
    trimmedTurns?: number;
    temperature?: number;
    systemPrompt?: string;
  }) => readonly Statement[];
}

/** Options of a plan. */
interface PlanOptions {
  /** Bounds the messages that are read. */
  readonly maxBytes?: number;
  /** The conversation, if it was read since its last reply. */
  readonly state?: ConversationState | undefined;
}

/** What a plan without a new message needs from the request. */
interface ReplyOptions {
  readonly history: readonly HistoryTurn[] | undefined;
  readonly scopes: Scopes;
  readonly maxBytes: number | undefined;
  readonly replyId: string | undefined;
}

/** The user's turn of a completion request that continues a reply. It is not stored. */
const continueInstruction =
  'Continue your last message exactly where it ends. Do not repeat any of it, and add no introduction.';

const noMessages: BranchEnd = { messages: [], omittedTurns: 0 };

/** Plans replies. Reads the conversation and changes nothing. */
@Injectable()
export class ReplyPlanner {
  /** Monotonic even within a millisecond, so that a message sorts before its reply. */
  private readonly newId = monotonicIdFactory();

  constructor(private readonly conversations: ConversationService) {}

  /** Plans the reply to a request.
   *  @throws {StreamError} `bad-request` when `regenerate`, `continue` or `parentId` names no suitable message; `conflict` when another
   *  message has the requested id. */
  async plan(userId: string, request: ChatRequest, { maxBytes, state }: PlanOptions = {}): Promise<ReplyPlan> {
    const { sessionId, message = '', history, messageId, replyId } = request;
    if (sessionId === undefined) {
      return {
        messages: [...(history ?? []), { role: 'user', content: message }],
        omittedTurns: 0,
        extraStatements: () => [],
      };
    }
    await this.checkIds(userId, [messageId, replyId]);
    const key = { userId, sessionId };
    const scopes = scopesOf(request);
    const options = { history, scopes, maxBytes, replyId };
    if (request.regenerate !== undefined) return this.planAgain(key, request.regenerate, options);
    if (request.continue !== undefined) return this.planContinuation(key, request.continue, options);
    const { parentId = (state ?? (await this.conversations.findState(key))).leafId ?? null } = request;
    const path = parentId === null ? noMessages : await this.conversations.path(key, parentId, { maxBytes });
    if (path === undefined) throw badField('parentId', 'names no message of this conversation');
    const prompt = {
      id: this.newId(),
      clientId: messageId,
      content: message,
      parentId: path.messages.at(-1)?.message_id ?? null,
    };
    return {
      messages: [...(history ?? turnsOf(path.messages)), { role: 'user', content: message }],
      omittedTurns: history === undefined ? path.omittedTurns : 0,
      extraStatements: (reply) =>
        this.conversations.addTurn(
          {
            ...key,
            scopes,
            message: prompt,
            reply: { ...reply, id: this.newId(), clientId: replyId, parentId: prompt.id },
          },
          timeBehind(path.messages),
        ),
    };
  }

  private async checkIds(userId: string, ids: readonly (string | undefined)[]): Promise<void> {
    if (
      !(await this.conversations.hasAny(
        userId,
        ids.filter((id) => id !== undefined),
      ))
    )
      return;
    throw new StreamError(
      'conflict',
      'Another message has this messageId or replyId. Choose new ids for a new message.',
    );
  }

  /** Plans a new reply to the prompt of an earlier reply, as the sibling of that one. */
  private async planAgain(key: ConversationKey, earlierId: string, options: ReplyOptions): Promise<ReplyPlan> {
    const { history, maxBytes } = options;
    const path = await this.conversations.path(key, earlierId, { maxBytes });
    const [prompt, reply] = path?.messages.slice(-2) ?? [];
    if (prompt?.role === 'assistant') return this.planContinuation(key, prompt.message_id, options);
    if (path === undefined || prompt?.role !== 'user' || reply?.role !== 'assistant') {
      throw badField('regenerate', 'names no reply of this conversation');
    }
    const context = history ?? turnsOf(path.messages.slice(0, -2));
    return {
      messages: [...context, { role: 'user', content: prompt.content }],
      omittedTurns: history === undefined ? path.omittedTurns : 0,
      extraStatements: this.replyBehind(key, prompt, { ...options, path }),
    };
  }

  /** Plans a reply that goes on from the text of an earlier one, behind it. */
  private async planContinuation(key: ConversationKey, earlierId: string, options: ReplyOptions): Promise<ReplyPlan> {
    const { history, maxBytes } = options;
    const path = await this.conversations.path(key, earlierId, { maxBytes });
    const earlier = path?.messages.at(-1);
    if (path === undefined || earlier?.role !== 'assistant' || turnsOf(path.messages).at(-1)?.role !== 'assistant') {
      throw badField('continue', 'names no reply of this conversation with text');
    }
    const context = history === undefined ? turnsOf(path.messages) : [...history, ...turnsOf(path.messages).slice(-1)];
    return {
      messages: [...context, { role: 'user', content: continueInstruction }],
      omittedTurns: history === undefined ? path.omittedTurns : 0,
      extraStatements: this.replyBehind(key, earlier, { ...options, path }),
    };
  }

  private replyBehind(
    key: ConversationKey,
    { message_id: parentId }: StoredMessage,
    { scopes, replyId, path }: ReplyOptions & { path: BranchEnd },
  ): ReplyPlan['extraStatements'] {
    return (newReply) => {
      const reply = { ...newReply, id: this.newId(), clientId: replyId, parentId };
      return this.conversations.addTurn({ ...key, scopes, message: undefined, reply }, timeBehind(path.messages));
    };
  }
}

/** Returns the current time, or the time after the last message if that is later, as the clocks of nodes differ and messages
 *  are listed by time. */
function timeBehind(path: readonly StoredMessage[]): number {
  return Math.max(Date.now(), Number(path.at(-1)?.created_at ?? 0) + 1);
}
