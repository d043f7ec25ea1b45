// The rows of erasures: a mark hides conversations at once, and bounded steps delete their rows later.
import { type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely';
import { bytesOf, deleteParts, rowsPerStep, stepOf } from '../../database/bounded-rows.ts';
import { type Database, type Statement } from '../../database/database.ts';
import { type ErasureScope, isConversationErased, isMessageErased } from '../../database/erasures.ts';
import { prepared } from '../../database/prepared.ts';
import type { ConversationKey } from '../conversation-key.ts';
import { FeedRows } from '../feed/feed-rows.ts';

/** An erasure whose rows are not all deleted yet. It covers rows created up to `until`. */
export interface PendingErasure extends ErasureScope {
  readonly until: number;
  /** The user's counter when the erasure was marked; conversations that have not changed since then are erased. */
  readonly changed: number;
}

/** Writes and reads the marks of erasures. Times are in milliseconds since 1970. */
export class ErasureRows {
  readonly #database: Database;
  readonly #feed: FeedRows;
  readonly #dropScopes = prepared(({ userId, sessionId }: ConversationKey) =>
    sql`delete from conversation_scopes where user_id = ${userId} and session_id = ${sessionId}
      and exists (select 1 from conversations where ${isErased({ userId, sessionId })})`.compile(this.#database.query),
  );
  readonly #markOne = prepared(({ userId, sessionId, now }: ConversationKey & { now: number }) =>
    this.#markTaken(userId, isErased({ userId, sessionId }), now),
  );
  readonly #removeOne = prepared((key: ConversationKey) => this.#remove(isErased(key)));
  readonly #freeIds = prepared(({ userId, one, other }: { userId: string; one: string; other: string }) =>
    sql`update messages set client_id = null
      where user_id = ${userId} and client_id in (${one}, ${other}) and ${isMessageErased}`.compile(
      this.#database.query,
    ),
  );

  constructor(database: Database) {
    this.#database = database;
    this.#feed = new FeedRows(database.query);
  }

  /** Builds the statements that mark a scope as erased. They write a few rows, regardless of the size of the scope. */
  mark({ userId, sessionId }: ErasureScope, now: number): Statement[] {
    if (sessionId !== undefined) {
      const one = sql<SqlBool>`user_id = ${userId} and session_id = ${sessionId}`;
      return [...this.#feed.recordDeleted(userId, one, now), ...this.#take(userId, one, now)];
    }
    // The increment comes first: its row lock makes every other change of this user's conversations wait for the mark.
    const mark = sql`insert into erasures (user_id, session_id, until, changed, created_at)
      select ${userId}, '', ${this.#lastStream(userId)}, coalesce(max(counter), 0), ${now}
      from feed_counters where user_id = ${userId}
      on conflict (user_id, session_id, until) do update set changed = excluded.changed, purged_at = null`;
    return [this.#feed.increment(userId), mark.compile(this.#database.query)];
  }

  /** Builds the statements that free the key of a new conversation, which a conversation being erased may still
   *  have. */
  makeRoom({ userId, sessionId }: ConversationKey, now: number): Statement[] {
    const key = { userId, sessionId };
    return [this.#dropScopes(key), this.#markOne({ ...key, now }), this.#removeOne(key)];
  }

  /** Builds the statement that frees one or two ids chosen by the client, which messages being erased may still have. */
  freeIds(userId: string, [one, other = one]: readonly string[]): Statement[] {
    return one === undefined || other === undefined ? [] : [this.#freeIds({ userId, one, other })];
  }

  /** Finds an erasure that is not purged yet; erasures of all data of a user come first. */
  async findPending(): Promise<PendingErasure | undefined> {
    const row = await this.#database.query
      .selectFrom('erasures')
      .select(['user_id', 'session_id', 'until', 'changed'])
      .where('purged_at', 'is', null)
      .orderBy('session_id')
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { user_id: userId, session_id: sessionId } = row;
    return { userId, until: Number(row.until), changed: Number(row.changed), ...(sessionId !== '' && { sessionId }) };
  }

  /** Deletes the conversations and messages of an erasure. Each `yield` follows one bounded step in its own
   *  transaction. A step that deletes conversations also records this in the feed. */
  async *purge(erasure: PendingErasure, now: () => number): AsyncGenerator<void> {
    const { userId, sessionId, until } = erasure;
    if (sessionId === undefined) yield* this.#purgeConversations(userId, now);
    else yield* this.#purgeMessages({ userId, sessionId }, until);
  }

  /** Records that an erasure has no rows left, except words in the search index. */
  async markPurged({ userId, sessionId = '', until, changed }: PendingErasure, now: number): Promise<void> {
    const purged = this.#database.query
      .updateTable('erasures')
      .set({ purged_at: now })
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where('until', '=', until)
      .where('changed', '=', changed); // unless it has been marked again
    await this.#database.write([purged.compile()]);
  }

  /** Reads the time of the latest purge whose mark still exists. */
  async lastPurgedAt(): Promise<number | undefined> {
    const row = await this.#database.query
      .selectFrom('erasures')
      .select(({ fn }) => fn.max('purged_at').as('at'))
      .executeTakeFirst();
    return row?.at === null || row?.at === undefined ? undefined : Number(row.at);
  }

  /** Deletes the marks of erasures purged up to `time`. */
  async forgetPurged(time: number): Promise<void> {
    await this.#database.write([this.#database.query.deleteFrom('erasures').where('purged_at', '<=', time).compile()]);
  }

  async *#purgeConversations(userId: string, now: () => number): AsyncGenerator<void> {
    const { query } = this.#database;
    for (;;) {
      const erased = query
        .selectFrom('conversations')
        .select('session_id')
        .where('user_id', '=', userId)
        .where(isConversationErased)
        .orderBy('session_id')
        .limit(rowsPerStep);
      const ids = (await erased.execute()).map((row) => row.session_id);
      if (ids.length === 0) return;
      const some = sql<SqlBool>`user_id = ${userId} and session_id in (${sql.join(ids)}) and ${isConversationErased}`;
      await this.#database.write([
        ...this.#feed.recordDeleted(userId, some, now()),
        ...this.#take(userId, some, now()),
      ]);
      yield;
    }
  }

  async *#purgeMessages({ userId, sessionId }: ConversationKey, until: number): AsyncGenerator<void> {
    const { query } = this.#database;
    for (;;) {
      const rows = await query
        .selectFrom('messages')
        .select(['message_id', 'parts', bytesOf('content', 'messages').as('bytes')])
        .where('user_id', '=', userId)
        .where('session_id', '=', sessionId)
        .where('created_at', '<=', until)
        .orderBy('created_at')
        .limit(rowsPerStep)
        .execute();
      const step = stepOf(rows);
      const ids = step.map((row) => row.message_id);
      if (ids.length === 0) return;
      for (const { message_id: id, parts } of step) {
        yield* deleteParts(this.#database, { table: 'message_parts', id, parts });
      }
      await this.#database.write([query.deleteFrom('messages').where('message_id', 'in', ids).compile()]);
      yield;
    }
  }

  /** Builds the statements that turn conversations into separate erasures, which cover their messages up to now. */
  #take(userId: string, which: RawBuilder<SqlBool>, now: number): Statement[] {
    return [this.#markTaken(userId, which, now), this.#remove(which)];
  }

  #markTaken(userId: string, which: RawBuilder<SqlBool>, now: number): CompiledQuery<unknown> {
    return sql`insert into erasures (user_id, session_id, until, created_at)
      select user_id, session_id, (select max(at) from (
          select coalesce(max(messages.created_at), 0) as at from messages
            where messages.user_id = conversations.user_id and messages.session_id = conversations.session_id
          union all select ${this.#lastStream(userId)}) as times), ${now}
      from conversations where ${which}
      on conflict (user_id, session_id, until) do update set purged_at = null`.compile(this.#database.query);
  }

  #remove(which: RawBuilder<SqlBool>): CompiledQuery<unknown> {
    return sql`delete from conversations where ${which}`.compile(this.#database.query);
  }

  #lastStream(userId: string): RawBuilder<number> {
    return sql`(select coalesce(max(streams.created_at), 0) from streams where streams.user_id = ${userId})`;
  }
}

/** Condition on `conversations`: the one with this key, if it is being erased. */
function isErased({ userId, sessionId }: ConversationKey): RawBuilder<SqlBool> {
  return sql<SqlBool>`user_id = ${userId} and session_id = ${sessionId} and ${isConversationErased}`;
}
