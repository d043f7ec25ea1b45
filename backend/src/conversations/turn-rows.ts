// The statements and queries of a turn: the conversation's row, the user's message and the reply. Each is compiled once.
import type { StreamId } from '@sillage/protocol';
import type { Kysely, Updateable } from 'kysely';
import type { Statement } from '../database/database.ts';
import { isConversationErased, isMessageErased, timeBehindErasures } from '../database/erasures.ts';
import { prepared } from '../database/prepared.ts';
import type { Schema } from '../database/schema.ts';
import type { Scopes } from '../database/scopes.ts';
import type { ConversationKey } from './conversation-key.ts';
import { FeedRows } from './feed/feed-rows.ts';
import { isNamed } from './message-ids.ts';
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

/** The values of a message's row that differ between messages. */
interface MessageValues {
  readonly message_id: string;
  readonly client_id: string | null;
  readonly parent_id: string | null;
  readonly content: string;
  readonly model: string | null;
  readonly stream_id: StreamId | null;
  readonly trimmed_turns: number | null;
  readonly temperature: number | null;
  readonly system_prompt: string | null;
}

/** Reads and writes the rows of turns. */
export class TurnRows {
  readonly #query: Kysely<Schema>;
  readonly #feed: FeedRows;
  readonly #findConversation = prepared(({ userId, sessionId }: ConversationKey) =>
    this.#query
      .selectFrom('conversations')
      .select(['model', 'temperature', 'system_prompt', 'leaf_id'])
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where(({ not }) => not(isConversationErased))
      .compile(),
  );
  readonly #findNamed = prepared(({ userId, one, other }: { userId: string; one: string; other: string }) =>
    this.#query
      .selectFrom('messages')
      .select('message_id')
      .where(({ or }) => or([isNamed(userId, one), isNamed(userId, other)]))
      .where(({ not }) => not(isMessageErased))
      .compile(),
  );
  readonly #insertConversation = prepared(
    ({
      userId,
      sessionId,
      now,
      ...row
    }: ConversationKey & { now: number; title: string; leaf_id: string; active_stream_id: StreamId }) => {
      const { title, ...stream } = row;
      const at = timeBehindErasures({ userId, sessionId }, now);
      const latest = { updated_at: at, ...stream };
      const changed = this.#feed.nextCounter(userId); // greater than the counter of every erasure in progress
      return this.#query
        .insertInto('conversations')
        .values({ user_id: userId, session_id: sessionId, ...latest, title, created_at: at, changed })
        .onConflict((conflict) => conflict.columns(['user_id', 'session_id']).doUpdateSet(latest))
        .compile();
    },
  );
  readonly #insertPrompt = this.#insertMessage('user');
  readonly #insertReply = this.#insertMessage('assistant');
  readonly #endReply = prepared(({ streamId, ...columns }: Updateable<Schema['messages']> & { streamId: StreamId }) =>
    this.#query.updateTable('messages').set(columns).where('stream_id', '=', streamId).compile(),
  );

  constructor(query: Kysely<Schema>) {
    this.#query = query;
    this.#feed = new FeedRows(query);
  }

  /** Finds the settings and the last message of a conversation. */
  async findConversation({ userId, sessionId }: ConversationKey) {
    return (await this.#query.executeQuery(this.#findConversation({ userId, sessionId }))).rows[0];
  }

  /** Whether a message of the user has one of two ids. */
  async hasAny(ids: { userId: string; one: string; other: string }): Promise<boolean> {
    return (await this.#query.executeQuery(this.#findNamed(ids))).rows.length > 0;
  }

  /** Builds the statements that add a message and its reply, and the conversation before them. */
  add({ userId, sessionId, message, reply }: NewTurn, now: number): Statement[] {
    const at = { userId, sessionId, now };
    const title = titleOf(message?.content ?? '');
    const conversation = { ...at, title, leaf_id: reply.id, active_stream_id: reply.streamId };
    const none = {
      content: '',
      model: null,
      stream_id: null,
      trimmed_turns: null,
      temperature: null,
      system_prompt: null,
    };
    const { id, clientId = null, parentId, model, streamId } = reply;
    const { trimmedTurns = null, temperature = null, systemPrompt = null } = reply;
    const own = { trimmed_turns: trimmedTurns, temperature, system_prompt: systemPrompt };
    const rows: Statement[] = [this.#insertConversation(conversation)];
    if (message !== undefined) {
      const ids = { message_id: message.id, client_id: message.clientId ?? null, parent_id: message.parentId };
      rows.push(this.#insertPrompt({ ...at, ...none, ...ids, content: message.content }));
    }
    const ids = { message_id: id, client_id: clientId, parent_id: parentId, stream_id: streamId };
    rows.push(this.#insertReply({ ...at, ...none, ...ids, model, ...own }));
    return rows;
  }

  /** Builds the statement that stores the end of a reply, with the first parts of its texts. */
  end(streamId: StreamId, columns: Updateable<Schema['messages']>): Statement {
    return this.#endReply({ streamId, ...columns });
  }

  #insertMessage(role: 'user' | 'assistant') {
    return prepared(({ userId, sessionId, now, ...row }: ConversationKey & MessageValues & { now: number }) =>
      this.#query
        .insertInto('messages')
        .values({
          user_id: userId,
          session_id: sessionId,
          created_at: timeBehindErasures({ userId, sessionId }, now),
          role,
          ...row,
          finish_reason: null,
          code: null,
          prompt_tokens: null,
          completion_tokens: null,
        })
        .compile(),
    );
  }
}
