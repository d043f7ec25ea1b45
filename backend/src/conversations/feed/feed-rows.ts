// The feed's rows: a counter of each user, incremented in the transaction that changes a conversation and stored in the
// conversation's row.
import type { FeedEvent, StreamId } from '@sillage/protocol';
import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { User } from '../../auth/user.ts';
import { rowsPerStep } from '../../database/bounded-rows.ts';
import { expectRowChange, type Statement } from '../../database/database.ts';
import { isConversationErased } from '../../database/erasures.ts';
import { prepared } from '../../database/prepared.ts';
import type { Schema } from '../../database/schema.ts';
import type { ConversationKey } from '../conversation-key.ts';
import { visibleTo } from '../scopes/conversation-scopes.ts';

/** One change in the feed. */
export interface Change {
  /** The user's counter at the change, which orders all changes of the user. */
  readonly changed: number;
  readonly event: FeedEvent;
}

/** Builds the statements that record changes in the feed, and reads the changes after a counter. */
export class FeedRows {
  readonly #query: Kysely<Schema>;
  readonly #mark = prepared(
    ({ userId, sessionId, type, streamId }: ConversationKey & { type: FeedEvent['type']; streamId: StreamId | null }) =>
      sql`update conversations set event = ${type}, event_stream_id = ${streamId},
        changed = (select counter from feed_counters where user_id = ${userId})
      where user_id = ${userId} and session_id = ${sessionId} and not ${isConversationErased}`.compile(this.#query),
  );
  readonly #increment = prepared(({ userId }: { userId: string }) =>
    sql`insert into feed_counters (user_id, counter) values (${userId}, 1)
      on conflict (user_id) do update set counter = feed_counters.counter + 1`.compile(this.#query),
  );
  readonly #incrementAtEnd = prepared(({ streamId }: { streamId: StreamId }) =>
    sql`insert into feed_counters (user_id, counter)
      select user_id, 1 from messages where stream_id = ${streamId}
      on conflict (user_id) do update set counter = feed_counters.counter + 1`.compile(this.#query),
  );
  readonly #markEnd = prepared(({ streamId }: { streamId: StreamId }) =>
    sql`update conversations set event = 'stream-ended', event_stream_id = ${streamId},
        active_stream_id = case when active_stream_id = ${streamId} then null else active_stream_id end,
        changed = (select counter from feed_counters where feed_counters.user_id = conversations.user_id)
      where (user_id, session_id) in (select user_id, session_id from messages where stream_id = ${streamId})
        and not ${isConversationErased}`.compile(this.#query),
  );
  readonly #undelete = prepared(({ userId, sessionId }: ConversationKey) =>
    this.#query
      .deleteFrom('deleted_conversations')
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .compile(),
  );

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Builds the statements that record a change of one conversation; they must follow the change itself. */
  recordChange({ userId, sessionId }: ConversationKey, type: FeedEvent['type'], streamId?: StreamId): Statement[] {
    return [this.increment(userId), this.#mark({ userId, sessionId, type, streamId: streamId ?? null })];
  }

  /** Builds the value of the user's counter after its next increment, for a row that the same transaction creates. */
  nextCounter(userId: string): RawBuilder<number> {
    return sql`(select coalesce(max(counter), 0) + 1 from feed_counters where user_id = ${userId})`;
  }

  /** Builds the statement that increments the user's counter. */
  increment(userId: string): Statement {
    return this.#increment({ userId });
  }

  /** Builds the statements that record a reply's end. They record nothing if the conversation has been deleted. */
  recordEnd(streamId: StreamId): Statement[] {
    return [this.#incrementAtEnd({ streamId }), this.#markEnd({ streamId })];
  }

  /** Builds the statements that record the deletion of the user's conversations that match `which`; they must precede
   *  the deletion itself. */
  recordDeleted(userId: string, which: RawBuilder<SqlBool>, now: number): Statement[] {
    // The counter comes first: its row lock prevents other increments until the end of the transaction.
    const increment = sql`insert into feed_counters (user_id, counter)
      select ${userId}, count(*) from conversations where ${which}
      on conflict (user_id) do update set counter = feed_counters.counter + excluded.counter`;
    const remember = sql`insert into deleted_conversations (user_id, session_id, changed, deleted_at)
      select user_id, session_id, (select counter from feed_counters where user_id = ${userId})
        + 1 - row_number() over (order by session_id desc), ${now}
      from conversations where ${which}
      on conflict (user_id, session_id) do update set changed = excluded.changed, deleted_at = excluded.deleted_at`;
    return [increment.compile(this.#query), remember.compile(this.#query)];
  }

  /** Builds the statement that removes the record of a deletion because the conversation exists again. */
  undelete({ userId, sessionId }: ConversationKey): Statement {
    return this.#undelete({ userId, sessionId });
  }

  /** Builds the statements that delete some records of deletions. They delete records more than `ageMs` before `now`,
   *  and also those more than `ageMs` after it, because the clock may have been set back. For each user, they store the
   *  highest counter of the deleted records. The last statement changes no row once no such records are left. */
  sweep(now: number, ageMs: number): Statement[] {
    const some = sql`select user_id, session_id, changed from deleted_conversations
      where (deleted_at < ${now - ageMs} or deleted_at > ${now + ageMs})
      order by deleted_at, user_id, session_id limit ${rowsPerStep}`;
    const prune = sql`update feed_counters set pruned = (select max(deleted.changed) from (${some}) as deleted
        where deleted.user_id = feed_counters.user_id)
      where exists (select 1 from (${some}) as deleted
        where deleted.user_id = feed_counters.user_id and deleted.changed > feed_counters.pruned)`;
    const forget = sql`delete from deleted_conversations where (user_id, session_id) in (
      select user_id, session_id from (${some}) as deleted)`;
    return [prune.compile(this.#query), expectRowChange(forget.compile(this.#query))];
  }

  /** Reads the latest counter of a user's feed, and the earliest one that can be resumed. */
  async position(userId: string): Promise<{ readonly latest: number; readonly earliest: number }> {
    const row = await this.#query
      .selectFrom('feed_counters')
      .select(['counter', 'pruned'])
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return { latest: Number(row?.counter ?? 0), earliest: Number(row?.pruned ?? 0) };
  }

  /** Reads up to `limit` changes after `after`, oldest first: the last change of each conversation that `reader` may
   *  see. */
  async changesAfter(userId: string, after: number, limit: number, reader?: User): Promise<Change[]> {
    const rows = await this.changes(userId, after, limit, reader).execute();
    return rows.map((row) => ({
      changed: Number(row.changed),
      event: {
        type: row.event,
        sessionId: row.session_id,
        ...(row.event_stream_id !== null && { streamId: row.event_stream_id }),
      },
    }));
  }

  /** Builds one query over both tables, so that it does not miss a conversation that moves between them. */
  changes(userId: string, after: number, limit: number, reader: User = { id: userId }) {
    const everything = sql<SqlBool>`1 = 1`;
    const live = this.#query
      .selectFrom('conversations')
      .select(['changed', 'session_id', 'event_stream_id'])
      .select(sql<FeedEvent['type']>`event`.as('event'))
      .where('user_id', '=', userId)
      .where('changed', '>', after)
      .where(visibleTo(reader, 'conversations') ?? everything)
      .where(({ not }) => not(isConversationErased));
    const deleted = this.#query
      .selectFrom('deleted_conversations')
      .select(['changed', 'session_id'])
      .select(sql<string | null>`null`.as('event_stream_id'))
      .select(sql<FeedEvent['type']>`'session-deleted'`.as('event'))
      .where('user_id', '=', userId)
      .where('changed', '>', after)
      .where(visibleTo(reader, 'deleted_conversations') ?? everything);
    return live.unionAll(deleted).orderBy('changed').limit(limit);
  }
}
