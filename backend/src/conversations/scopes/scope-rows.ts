// The organizations, workspaces and projects under which each conversation was written.
import { type Kysely, sql } from 'kysely';
import { rowsPerStep } from '../../database/bounded-rows.ts';
import type { Statement } from '../../database/database.ts';
import { prepared } from '../../database/prepared.ts';
import type { Schema } from '../../database/schema.ts';
import { type Scopes, scopeKinds } from '../../database/scopes.ts';
import type { ConversationKey } from '../conversation-key.ts';

/** Builds the statements that store and delete the scopes of conversations. */
export class ScopeRows {
  readonly #query: Kysely<Schema>;
  readonly #dropErased = prepared(({ userId, sessionId }: ConversationKey) =>
    sql`delete from conversation_scopes where user_id = ${userId} and session_id = ${sessionId}
      and exists (select 1 from deleted_conversations where user_id = ${userId} and session_id = ${sessionId})`.compile(
      this.#query,
    ),
  );

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Builds the statement that adds the scopes of new messages. A conversation keeps the scopes of all its messages. */
  add({ userId, sessionId }: ConversationKey, scopes: Scopes): Statement[] {
    const rows = scopeKinds.flatMap((kind) => {
      const id = scopes[kind];
      return id === undefined ? [] : [{ user_id: userId, session_id: sessionId, kind, scope_id: id }];
    });
    if (rows.length === 0) return [];
    const insert = this.#query.insertInto('conversation_scopes').values(rows);
    return [insert.onConflict((conflict) => conflict.doNothing()).compile()];
  }

  /** Builds the statement that deletes the scopes that an erased conversation with this key has left for the feed. It
   *  must precede `FeedRows.undelete`. */
  dropErased({ userId, sessionId }: ConversationKey): Statement {
    return this.#dropErased({ userId, sessionId });
  }

  /** Builds the statement that deletes the scopes of the conversations whose records `FeedRows.sweep` deletes. It must
   *  precede those statements. */
  sweep(now: number, ageMs: number): Statement {
    return sql`delete from conversation_scopes where (user_id, session_id) in
      (select user_id, session_id from deleted_conversations
        where (deleted_at < ${now - ageMs} or deleted_at > ${now + ageMs})
        order by deleted_at, user_id, session_id limit ${rowsPerStep})`.compile(this.#query);
  }
}
