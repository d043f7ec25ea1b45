// Stored conversations. The messages of each form a tree; one of its branches is the most recently used one. Every key
// includes the user.
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { EndEvent, HistoryTurn, SessionResponse, SessionSettings, StreamId } from '@sillage/protocol';
import { sql } from 'kysely';
import { DATABASE, type Database, type Statement } from '../database/database.ts';
import { isConversationErased, isMessageErased, timeBehindErasures } from '../database/erasures.ts';
import { usageColumns } from '../database/migrations/usage-columns.ts';
import type { Scopes } from '../database/scopes.ts';
import type { TextParts } from '../database/text-parts.ts';
import type { ConversationKey } from './conversation-key.ts';
import { ErasureRows } from './erasing/erasure-rows.ts';
import { FeedRows } from './feed/feed-rows.ts';
import { summaryOf } from './list/session-summary.ts';
import { isNamed, leafOf } from './message-ids.ts';
import { MessagePages, type PageQuery } from './reading/message-pages.ts';
import { MessageReader } from './reading/message-reader.ts';
import { ScopeRows } from './scopes/scope-rows.ts';
import type { StoredMessage } from './session-message.ts';
import { settingsOf } from './session-settings.ts';
import { titleOf } from './title.ts';

/** The ids of a new message. `parentId` and other references name a message by `id`. */
interface MessageIds {
  readonly id: string;
  /** The id that the client chose. */
  readonly clientId?: string | undefined;
}

/** Messages that a start adds: the user's message, if it is new, and the reply, still without text. */
export interface NewTurn extends ConversationKey {
  /** Absent if the reply to an earlier message is regenerated. */
  readonly message: (MessageIds & { readonly content: string; readonly parentId: string | null }) | undefined;
  readonly reply: MessageIds & {
    readonly parentId: string;
    readonly model: string;
    readonly streamId: StreamId;
    readonly trimmedTurns?: number;
    readonly temperature?: number;
    /** The user's own, if the model gets it. */
    readonly systemPrompt?: string;
  };
  readonly scopes?: Scopes;
}

/** A reply that has ended. */
export interface EndedReply {
  readonly parts: TextParts;
  readonly reasoning?: TextParts;
  /** The provider that answered. */
  readonly provider?: string | undefined;
  readonly end: EndEvent;
}

/** The newest messages of a branch, and the number of older ones with text. */
export interface BranchEnd {
  readonly messages: readonly StoredMessage[];
  readonly omittedTurns: number;
}

/** Reads conversations, and builds the statements that change them, for the caller's transaction. */
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

  /** Reads a conversation with the newest messages of every branch, or with all of them if no page is requested;
   *  `undefined` if it does not exist.
   *  @throws {StreamError} `bad-request` for an invalid page. */
  async find(key: ConversationKey, requested: PageQuery = {}): Promise<SessionResponse | undefined> {
    const summary = await this.findSummary(key);
    return summary && { ...summary, ...(await this.pages.read(key, requested)) };
  }

  /** Reads a conversation without its messages. */
  async findSummary(key: ConversationKey): Promise<Omit<SessionResponse, 'messages' | 'next'> | undefined> {
    const conversation = await this.database.query
      .selectFrom('conversations')
      .selectAll()
      .select(leafOf.as('leaf'))
      .where('user_id', '=', key.userId)
      .where('session_id', '=', key.sessionId)
      .where(({ not }) => not(isConversationErased))
      .executeTakeFirst();
    if (conversation === undefined) return undefined;
    const settings = settingsOf(conversation);
    return {
      ...summaryOf(conversation),
      ...(conversation.leaf && { leafId: conversation.leaf }),
      ...(settings && { settings }),
    };
  }

  /** Reads the user's own settings of a conversation. */
  async findSettings({ userId, sessionId }: ConversationKey): Promise<SessionSettings | undefined> {
    const row = await this.database.query
      .selectFrom('conversations')
      .select(['model', 'temperature', 'system_prompt'])
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isConversationErased))
      .executeTakeFirst();
    return row && settingsOf(row);
  }

  /** Builds the statement that keeps the system prompt of a start with its conversation; it must follow `addTurn`. */
  keepSystemPrompt({ userId, sessionId }: ConversationKey, systemPrompt: string): Statement {
    return this.database.query
      .updateTable('conversations')
      .set({ system_prompt: systemPrompt })
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .compile();
  }

  /** Reads the id of the last message of the most recently used branch. */
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

  /** Whether a message of the user has one of these ids. */
  async hasAny(userId: string, ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return false;
    const row = await this.database.query
      .selectFrom('messages')
      .select('message_id')
      .where(({ or }) => or(ids.map((id) => isNamed(userId, id))))
      .where(({ not }) => not(isMessageErased))
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Reads the branch that ends with `messageId`, oldest first: its newest messages up to about `maxBytes`, and at
   *  least the last two; `undefined` if `messageId` is not in this conversation. */
  async path(
    key: ConversationKey,
    messageId: string,
    { maxBytes = Number.POSITIVE_INFINITY }: { maxBytes?: number | undefined } = {},
  ): Promise<BranchEnd | undefined> {
    const messages: StoredMessage[] = [];
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

  /** Builds the statements that add a message and its reply; the first ones create the conversation. */
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
        changed: this.feed.nextCounter(userId), // greater than the counter of every erasure in progress
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
      temperature: null,
      system_prompt: null,
    };
    const rows = [];
    if (message !== undefined) {
      const { id, clientId = null, parentId, content } = message;
      const prompt = {
        message_id: id,
        client_id: clientId,
        parent_id: parentId,
        role: 'user' as const,
        content,
        model: null,
        stream_id: null,
      };
      rows.push({ ...blank, ...prompt });
    }
    const { id, clientId = null, parentId, model, streamId, trimmedTurns = null } = reply;
    const ids = { message_id: id, client_id: clientId, parent_id: parentId, stream_id: streamId };
    const own = { temperature: reply.temperature ?? null, system_prompt: reply.systemPrompt ?? null };
    rows.push({
      ...blank,
      ...ids,
      ...own,
      role: 'assistant' as const,
      content: '',
      model,
      trimmed_turns: trimmedTurns,
    });
    return [
      ...this.erasures.freeIds(
        userId,
        [message?.clientId, reply.clientId].filter((one) => one !== undefined),
      ),
      ...this.erasures.makeRoom({ userId, sessionId }, now),
      conversation.compile(),
      query.insertInto('messages').values(rows).compile(),
      this.scopes.dropErased({ userId, sessionId }),
      this.feed.undelete({ userId, sessionId }),
      ...this.scopes.add({ userId, sessionId }, scopes),
      ...this.feed.recordChange({ userId, sessionId }, 'stream-started', streamId),
    ];
  }

  /** Builds the statements that store a reply's text, reasoning and end; the parts of long texts come first. They change
   *  nothing if the conversation has been deleted. */
  endReply(streamId: StreamId, { parts, reasoning = [''], provider, end }: EndedReply): Statement[] {
    const { query } = this.database;
    const [content, ...rest] = parts;
    const [thought, ...furtherThoughts] = reasoning;
    const savePart = (part: number, text: string): Statement => ({
      ...sql`insert into message_parts (message_id, part, content)
        select message_id, cast(${part} as integer), ${text} from messages where stream_id = ${streamId}
        on conflict (message_id, part) do update set content = excluded.content`.compile(query),
      isPreliminary: true,
    });
    const preliminary = [
      ...rest.map((text, index) => savePart(index + 1, text)),
      ...furtherThoughts.map((text, index) => savePart(-index - 1, text)),
    ];
    const update = query
      .updateTable('messages')
      .set({
        content,
        parts: rest.length === 0 ? null : rest.length,
        finish_reason: end.finishReason,
        code: end.code ?? null,
        ...usageColumns(end.usage),
        retry_after: end.retryAfter ?? null,
        ...(thought !== '' && { reasoning: thought, reasoning_parts: reasoning.length }),
        reasoning_ms: end.reasoningMs ?? null,
        provider: provider ?? null,
      })
      .where('stream_id', '=', streamId);
    return [...preliminary, update.compile(), ...this.feed.recordEnd(streamId)];
  }

  /** Deletes the feed's records of deletions that are older than `ageMs`. */
  async sweep(now: number, ageMs: number): Promise<void> {
    while (await this.database.write([this.scopes.sweep(now, ageMs), ...this.feed.sweep(now, ageMs)]))
      await setImmediate();
  }
}

/** Converts stored messages to context for the model; a failed reply without text is left out, and a reply and its
 *  continuations are one turn. */
export function turnsOf(messages: readonly StoredMessage[]): HistoryTurn[] {
  const turns: HistoryTurn[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (content === '') continue;
    if (role === 'assistant' && last?.role === 'assistant') {
      turns[turns.length - 1] = { role, content: last.content + content };
    } else turns.push({ role, content });
  }
  return turns;
}
