// Stored conversations. The messages of each form a tree; one of its branches is the most recently used one. Every key
// includes the user.
import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { EndEvent, HistoryTurn, SessionResponse, SessionSettings, StreamId } from '@sillage/protocol';
import { sql } from 'kysely';
import { DATABASE, type Database, type Statement } from '../database/database.ts';
import { endColumns } from '../database/end-columns.ts';
import { isConversationErased } from '../database/erasures.ts';
import type { TextParts } from '../database/text-parts.ts';
import type { ConversationKey } from './conversation-key.ts';
import { ErasureRows } from './erasing/erasure-rows.ts';
import { FeedRows } from './feed/feed-rows.ts';
import { summaryOf } from './list/session-summary.ts';
import { leafOf } from './message-ids.ts';
import { MessagePages, type PageQuery } from './reading/message-pages.ts';
import { MessageReader, type MessageWithText } from './reading/message-reader.ts';
import { ScopeRows } from './scopes/scope-rows.ts';
import type { StoredMessage } from './session-message.ts';
import { settingsOf } from './session-settings.ts';
import { type NewTurn, TurnRows } from './turn-rows.ts';

/** A reply that has ended. */
export interface EndedReply {
  readonly parts: TextParts;
  readonly reasoning?: TextParts;
  /** The provider that answered. */
  readonly provider?: string | undefined;
  readonly end: EndEvent;
}

/** What a start reads of a conversation. */
export interface ConversationState {
  /** The user's own settings. */
  readonly settings: SessionSettings | undefined;
  /** The last message of the most recently used branch. */
  readonly leafId: string | undefined;
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
  private readonly turns: TurnRows;

  constructor(@Inject(DATABASE) private readonly database: Database) {
    this.pages = new MessagePages(database.query);
    this.reader = new MessageReader(database.query);
    this.feed = new FeedRows(database.query);
    this.scopes = new ScopeRows(database.query);
    this.erasures = new ErasureRows(database);
    this.turns = new TurnRows(database.query);
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

  /** Reads what a start needs of a conversation. */
  async findState({ userId, sessionId }: ConversationKey): Promise<ConversationState> {
    const row = await this.turns.findConversation({ userId, sessionId });
    return { settings: row && settingsOf(row), leafId: row?.leaf_id ?? undefined };
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

  /** Whether a message of the user has one of these one or two ids. */
  async hasAny(userId: string, [one, other = one]: readonly string[]): Promise<boolean> {
    if (one === undefined || other === undefined) return false;
    return this.turns.hasAny({ userId, one, other });
  }

  /** Reads the branch that ends with `messageId`, oldest first: its newest messages up to about `maxBytes`, and at
   *  least the last two; `undefined` if `messageId` is not in this conversation. */
  async path(
    key: ConversationKey,
    messageId: string,
    { maxBytes = Number.POSITIVE_INFINITY }: { maxBytes?: number | undefined } = {},
  ): Promise<BranchEnd | undefined> {
    const messages: MessageWithText[] = [];
    const taken: MessageWithText[] = [];
    let omittedTurns = 0;
    let left = maxBytes;
    for await (const head of this.reader.branch(key, messageId)) {
      left -= head.bytes;
      const isNeeded = messages.length < 2 && (left >= 0 || head.role === 'user');
      const isTaken = isNeeded || (left >= 0 && omittedTurns === 0);
      if (!isTaken && head.bytes > 0) omittedTurns++;
      if (!isTaken && messages.length >= 2) continue;
      const message = { ...head, content: '' };
      messages.push(message);
      if (isTaken) taken.push(message);
    }
    if (messages.length === 0) return undefined;
    await this.reader.readTexts(taken);
    return { messages: messages.reverse(), omittedTurns };
  }

  /** Builds the statements that add a message and its reply; the first ones create the conversation. */
  addTurn({ userId, sessionId, message, reply, scopes = {} }: NewTurn, now: number): Statement[] {
    const key = { userId, sessionId };
    return [
      ...this.erasures.freeIds(
        userId,
        [message?.clientId, reply.clientId].filter((one) => one !== undefined),
      ),
      ...this.erasures.makeRoom(key, now),
      ...this.turns.add({ ...key, message, reply }, now),
      this.scopes.dropErased(key),
      this.feed.undelete(key),
      ...this.scopes.add(key, scopes),
      ...this.feed.recordChange(key, 'stream-started', reply.streamId),
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
    const update = this.turns.end(streamId, {
      content,
      parts: rest.length === 0 ? null : rest.length,
      ...endColumns(end),
      reasoning: thought === '' ? null : thought,
      reasoning_parts: thought === '' ? null : reasoning.length,
      provider: provider ?? null,
    });
    return [...preliminary, update, ...this.feed.recordEnd(streamId)];
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
