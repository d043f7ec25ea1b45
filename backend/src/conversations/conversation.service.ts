// Stored threads of messages: a tree a conversation, of which one branch was used last. Everything is keyed by the user.
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { EndEvent, HistoryTurn, SessionAnswer, StreamId } from '@sillage/protocol';
import { type Selectable, sql } from 'kysely';
import { DATABASE, type Database, type Statement } from '../database/database.ts';
import { isConversationErased, timeBehindErasures } from '../database/erasures.ts';
import type { MessagesTable } from '../database/schema.ts';
import type { Scopes } from '../database/scopes.ts';
import type { TextParts } from '../database/text-parts.ts';
import type { ConversationKey } from './conversation-key.ts';
import { ErasureRows } from './erasure-rows.ts';
import { FeedRows } from './feed-rows.ts';
import { MessagePages, type PageQuery } from './message-pages.ts';
import { MessageReader } from './message-reader.ts';
import { ScopeRows } from './scope-rows.ts';
import { summaryOf } from './session-summary.ts';
import { titleOf } from './title.ts';

/** Is what a start adds: the user's message, if it is a new one, and the reply that is to come. */
export interface NewTurn extends ConversationKey {
  /** Absent when an earlier message is answered again. */
  readonly message: { readonly id: string; readonly content: string; readonly parentId: string | null } | undefined;
  readonly reply: {
    readonly id: string;
    readonly parentId: string;
    readonly model: string;
    readonly streamId: StreamId;
    readonly trimmedTurns?: number;
  };
  readonly scopes?: Scopes;
}

/** The newest messages of a branch, and how many older ones with a text there are. */
export interface BranchEnd {
  readonly messages: readonly Selectable<MessagesTable>[];
  readonly omittedTurns: number;
}

/** Reads conversations, and builds the statements that change them, for whoever owns the transaction. */
@Injectable()
export class ConversationService {
  private readonly pages: MessagePages;
  private readonly reader: MessageReader;
  private readonly feed: FeedRows;
  private readonly scopes: ScopeRows;
  private readonly erasures: ErasureRows;

  constructor(@Inject(DATABASE) private readonly database: Database) {
    this.pages = new MessagePages(database.query);
    this.reader = new MessageReader(database.query);
    this.feed = new FeedRows(database.query);
    this.scopes = new ScopeRows(database.query);
    this.erasures = new ErasureRows(database);
  }

  /** Reads a conversation with the newest messages of every branch, or all without a page; `undefined` when this user has
   *  none of that name.
   *  @throws {StreamError} `bad-request` for a page that cannot be. */
  async find(key: ConversationKey, asked: PageQuery = {}): Promise<SessionAnswer | undefined> {
    const summary = await this.findSummary(key);
    return summary && { ...summary, ...(await this.pages.read(key, asked)) };
  }

  /** Reads a conversation without its messages. */
  async findSummary(key: ConversationKey): Promise<Omit<SessionAnswer, 'messages' | 'next'> | undefined> {
    const conversation = await this.database.query
      .selectFrom('conversations')
      .selectAll()
      .where('user_id', '=', key.userId)
      .where('session_id', '=', key.sessionId)
      .where(({ not }) => not(isConversationErased))
      .executeTakeFirst();
    if (conversation === undefined) return undefined;
    return { ...summaryOf(conversation), ...(conversation.leaf_id && { leafId: conversation.leaf_id }) };
  }

  /** Reads the end of the branch last used. */
  async findLeaf({ userId, sessionId }: ConversationKey): Promise<string | undefined> {
    const row = await this.database.query
      .selectFrom('conversations')
      .select('leaf_id')
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isConversationErased))
      .executeTakeFirst();
    return row?.leaf_id ?? undefined;
  }

  /** Reads the branch that ends with `messageId`, oldest first: of its newest messages as many as `maxBytes` hold, about,
   *  and at least the last two; `undefined` when `messageId` is not in this conversation. */
  async path(
    key: ConversationKey,
    messageId: string,
    { maxBytes = Number.POSITIVE_INFINITY }: { maxBytes?: number | undefined } = {},
  ): Promise<BranchEnd | undefined> {
    const messages: Selectable<MessagesTable>[] = [];
    let omittedTurns = 0;
    let left = maxBytes;
    for await (const head of this.reader.branch(key, messageId)) {
      left -= head.bytes;
      const isNeeded = messages.length < 2 && (left >= 0 || head.role === 'user');
      const isTaken = isNeeded || (left >= 0 && omittedTurns === 0);
      if (!isTaken && head.bytes > 0) omittedTurns++;
      if (!isTaken && messages.length >= 2) continue;
      let content = '';
      if (isTaken) for await (const part of this.reader.text(head)) content += part;
      messages.push({ ...head, content });
    }
    return messages.length === 0 ? undefined : { messages: messages.reverse(), omittedTurns };
  }

  /** Builds the writing of a turn; the conversation comes to be with its first. */
  addTurn({ userId, sessionId, message, reply, scopes = {} }: NewTurn, now: number): Statement[] {
    const { query } = this.database;
    const key = { user_id: userId, session_id: sessionId };
    const at = timeBehindErasures({ userId, sessionId }, now);
    const latest = { updated_at: at, leaf_id: reply.id, active_stream_id: reply.streamId };
    const conversation = query
      .insertInto('conversations')
      .values({
        ...key,
        ...latest,
        title: titleOf(message?.content ?? ''),
        created_at: at,
        changed: this.feed.nextCounter(userId), // later than anything that is being erased
      })
      .onConflict((conflict) => conflict.columns(['user_id', 'session_id']).doUpdateSet(latest));
    const blank = {
      ...key,
      created_at: at,
      finish_reason: null,
      code: null,
      prompt_tokens: null,
      completion_tokens: null,
      trimmed_turns: null,
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
    const { id, parentId, model, streamId, trimmedTurns = null } = reply;
    const answer = { message_id: id, parent_id: parentId, role: 'assistant' as const, content: '', model };
    rows.push({ ...blank, ...answer, stream_id: streamId, trimmed_turns: trimmedTurns });
    return [
      ...this.erasures.makeRoom({ userId, sessionId }, now),
      conversation.compile(),
      query.insertInto('messages').values(rows).compile(),
      this.scopes.dropErased({ userId, sessionId }),
      this.feed.undelete({ userId, sessionId }),
      ...this.scopes.add({ userId, sessionId }, scopes),
      ...this.feed.tell({ userId, sessionId }, 'stream-started', streamId),
    ];
  }

  /** Builds the writing of a reply's end, the rest of a long text ahead of it. Changes nothing where the conversation was deleted meanwhile. */
  endReply(streamId: StreamId, { parts, end }: { parts: TextParts; end: EndEvent }): Statement[] {
    const { query } = this.database;
    const [content, ...rest] = parts;
    const preliminary = rest.map((part, index) => ({
      ...sql`insert into message_parts (message_id, part, content)
        select message_id, cast(${index + 1} as integer), ${part} from messages where stream_id = ${streamId}
        on conflict (message_id, part) do update set content = excluded.content`.compile(query),
      isPreliminary: true,
    }));
    const update = query
      .updateTable('messages')
      .set({
        content,
        parts: rest.length === 0 ? null : rest.length,
        finish_reason: end.finishReason,
        code: end.code ?? null,
        prompt_tokens: end.usage?.promptTokens ?? null,
        completion_tokens: end.usage?.completionTokens ?? null,
      })
      .where('stream_id', '=', streamId);
    return [...preliminary, update.compile(), ...this.feed.notifyEnd(streamId)];
  }

  /** Forgets, for the feed, what was deleted more than `ageMs` ago. */
  async sweep(now: number, ageMs: number): Promise<void> {
    while (await this.database.write([this.scopes.sweep(now, ageMs), ...this.feed.sweep(now, ageMs)]))
      await setImmediate();
  }
}

/** Turns stored messages into context for the model; a reply that failed without a word is none. */
export function turnsOf(messages: readonly Selectable<MessagesTable>[]): HistoryTurn[] {
  return messages.filter(({ content }) => content !== '').map(({ role, content }) => ({ role, content }));
}
