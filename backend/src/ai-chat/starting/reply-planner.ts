// What a request asks the model: which messages are the context, and where the reply goes in the conversation.
import { Injectable } from '@nestjs/common';
import { type ChatRequest, type HistoryTurn, type StreamId } from '@sillage/protocol';
import type { Selectable } from 'kysely';
import { monotonicFactory } from 'ulid';
import { type BranchEnd, ConversationService, turnsOf } from '../../conversations/conversation.service.ts';
import type { ConversationKey } from '../../conversations/conversation-key.ts';
import type { Statement } from '../../database/database.ts';
import type { MessagesTable } from '../../database/schema.ts';
import type { Scopes } from '../../database/scopes.ts';
import { badField } from '../../http/errors.ts';
import { scopesOf } from './scopes.ts';

/** Says what to ask, and builds what is to be stored with the start. */
export interface TurnPlan {
  readonly messages: readonly HistoryTurn[];
  /** Older turns of the conversation that were not read, because they cannot fit. */
  readonly omittedTurns: number;
  readonly extraStatements: (reply: {
    streamId: StreamId;
    model: string;
    trimmedTurns?: number;
  }) => readonly Statement[];
}

const noMessages: BranchEnd = { messages: [], omittedTurns: 0 };

/** Plans a turn. Reads the conversation, changes nothing. */
@Injectable()
export class ReplyPlanner {
  /** In order of time, also within a millisecond: a message sorts before its reply. */
  private readonly newId = monotonicFactory();

  constructor(private readonly conversations: ConversationService) {}

  /** @throws {StreamError} `bad-request` when `regenerate` or `parentId` names no message that fits. */
  async plan(userId: string, request: ChatRequest, { maxBytes }: { maxBytes?: number } = {}): Promise<TurnPlan> {
    const { sessionId, message = '', history } = request;
    if (sessionId === undefined) {
      return {
        messages: [...(history ?? []), { role: 'user', content: message }],
        omittedTurns: 0,
        extraStatements: () => [],
      };
    }
    const key = { userId, sessionId };
    const scopes = scopesOf(request);
    if (request.regenerate !== undefined) return this.planAgain(key, request.regenerate, { history, scopes, maxBytes });
    const { parentId = (await this.conversations.findLeaf(key)) ?? null } = request;
    const path = parentId === null ? noMessages : await this.conversations.path(key, parentId, { maxBytes });
    if (path === undefined) throw badField('parentId', 'names no message of this conversation');
    const asked = { id: this.newId(), content: message, parentId };
    return {
      messages: [...(history ?? turnsOf(path.messages)), { role: 'user', content: message }],
      omittedTurns: history === undefined ? path.omittedTurns : 0,
      extraStatements: (reply) =>
        this.conversations.addTurn(
          { ...key, scopes, message: asked, reply: { ...reply, id: this.newId(), parentId: asked.id } },
          timeBehind(path.messages),
        ),
    };
  }

  /** Asks the prompt of an earlier reply again; the new reply becomes the sibling of that one. */
  private async planAgain(
    key: ConversationKey,
    replyId: string,
    {
      history,
      scopes,
      maxBytes,
    }: { history: readonly HistoryTurn[] | undefined; scopes: Scopes; maxBytes: number | undefined },
  ): Promise<TurnPlan> {
    const path = await this.conversations.path(key, replyId, { maxBytes });
    const [prompt, reply] = path?.messages.slice(-2) ?? [];
    if (path === undefined || prompt?.role !== 'user' || reply?.role !== 'assistant') {
      throw badField('regenerate', 'names no reply of this conversation');
    }
    const context = history ?? turnsOf(path.messages.slice(0, -2));
    return {
      messages: [...context, { role: 'user', content: prompt.content }],
      omittedTurns: history === undefined ? path.omittedTurns : 0,
      extraStatements: (newReply) =>
        this.conversations.addTurn(
          { ...key, scopes, message: undefined, reply: { ...newReply, id: this.newId(), parentId: prompt.message_id } },
          timeBehind(path.messages),
        ),
    };
  }
}

/** Returns the time, or one behind what is there: the clocks of nodes differ, and messages are listed by time. */
function timeBehind(path: readonly Selectable<MessagesTable>[]): number {
  return Math.max(Date.now(), Number(path.at(-1)?.created_at ?? 0) + 1);
}
