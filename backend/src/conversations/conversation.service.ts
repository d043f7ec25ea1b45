// Stored threads of messages: a tree a conversation, of which one branch was used last. Everything is keyed by the user.
import { Inject, Injectable } from '@nestjs/common';
import type { EndEvent, HistoryTurn, SessionAnswer, StreamId } from '@sillage/protocol';
import type { Selectable } from 'kysely';
import { DATABASE, type Database, type Statement } from '../database/database.ts';
import type { MessagesTable } from '../database/schema.ts';
import { messageAnswerOf } from './message-answer.ts';
import { titleOf } from './title.ts';

/** Names a conversation: the same `sessionId` of another user is another conversation. */
export interface ConversationKey {
  readonly userId: string;
  readonly sessionId: string;
}

/** Is what a start adds: the user's message, if it is a new one, and the reply that is to come. */
export interface NewTurn extends ConversationKey {
  /** Absent when an earlier message is answered again. */
  readonly message: { readonly id: string; readonly content: string; readonly parentId: string | null } | undefined;
  readonly reply: {
    readonly id: string;
    readonly parentId: string;
    readonly model: string;
    readonly streamId: StreamId;
  };
}

/** Reads conversations, and builds the statements that change them, for whoever owns the transaction. */
@Injectable()
export class ConversationService {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Reads a conversation with every branch; `undefined` when this user has none of that name. */
  async find({ userId, sessionId }: ConversationKey): Promise<SessionAnswer | undefined> {
    const conversation = await this.database.query
      .selectFrom('conversations')
      .selectAll()
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    if (conversation === undefined) return undefined;
    const messages = (await this.messages({ userId, sessionId })).map(messageAnswerOf);
    const active = messages.findLast(({ role, finishReason }) => role === 'assistant' && finishReason === undefined);
    return {
      sessionId,
      title: conversation.title,
      createdAt: new Date(conversation.created_at).toISOString(),
      updatedAt: new Date(conversation.updated_at).toISOString(),
      ...(active?.streamId && { activeStreamId: active.streamId }),
      ...(conversation.leaf_id && { leafId: conversation.leaf_id }),
      messages,
    };
  }

  /** Reads the end of the branch last used. */
  async findLeaf({ userId, sessionId }: ConversationKey): Promise<string | undefined> {
    const row = await this.database.query
      .selectFrom('conversations')
      .select('leaf_id')
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    return row?.leaf_id ?? undefined;
  }

  /** Reads the messages from the first to `messageId`, oldest first; `undefined` when it is not in this conversation. */
  async path(key: ConversationKey, messageId: string): Promise<Selectable<MessagesTable>[] | undefined> {
    const byId = new Map((await this.messages(key)).map((message) => [message.message_id, message]));
    const path: Selectable<MessagesTable>[] = [];
    for (let next: string | null = messageId; next !== null; ) {
      const message: Selectable<MessagesTable> | undefined = byId.get(next);
      if (message === undefined) return undefined;
      path.push(message);
      next = message.parent_id;
    }
    return path.reverse();
  }

  /** Builds the writing of a turn; the conversation comes to be with its first. */
  addTurn({ userId, sessionId, message, reply }: NewTurn, now: number): Statement[] {
    const { query } = this.database;
    const key = { user_id: userId, session_id: sessionId };
    const conversation = query
      .insertInto('conversations')
      .values({ ...key, title: titleOf(message?.content ?? ''), created_at: now, updated_at: now, leaf_id: reply.id })
      .onConflict((conflict) =>
        conflict.columns(['user_id', 'session_id']).doUpdateSet({ updated_at: now, leaf_id: reply.id }),
      );
    const blank = {
      ...key,
      created_at: now,
      finish_reason: null,
      code: null,
      prompt_tokens: null,
      completion_tokens: null,
    };
    const rows = [];
    if (message !== undefined) {
      const { id, parentId, content } = message;
      const asked = {
        message_id: id,
        parent_id: parentId,
        role: 'user' as const,
        content,
        model: null,
        stream_id: null,
      };
      rows.push({ ...blank, ...asked });
    }
    const { id, parentId, model, streamId } = reply;
    const answer = { message_id: id, parent_id: parentId, role: 'assistant' as const, content: '', model };
    rows.push({ ...blank, ...answer, stream_id: streamId });
    return [conversation.compile(), query.insertInto('messages').values(rows).compile()];
  }

  /** Builds the writing of a reply's end. Changes nothing where the conversation was deleted meanwhile. */
  endReply(streamId: StreamId, { text, end }: { text: string; end: EndEvent }): Statement[] {
    const update = this.database.query
      .updateTable('messages')
      .set({
        content: text,
        finish_reason: end.finishReason,
        code: end.code ?? null,
        prompt_tokens: end.usage?.promptTokens ?? null,
        completion_tokens: end.usage?.completionTokens ?? null,
      })
      .where('stream_id', '=', streamId);
    return [update.compile()];
  }

  private messages({ userId, sessionId }: ConversationKey): Promise<Selectable<MessagesTable>[]> {
    return this.database.query
      .selectFrom('messages')
      .selectAll()
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .orderBy('created_at')
      .orderBy('role', 'desc') // a prompt before its reply, both being of the same moment
      .orderBy('message_id')
      .execute();
  }
}

/** Turns stored messages into context for the model; a reply that failed without a word is none. */
export function turnsOf(messages: readonly Selectable<MessagesTable>[]): HistoryTurn[] {
  return messages.filter(({ content }) => content !== '').map(({ role, content }) => ({ role, content }));
}
