// What a user erased and is not purged yet. One small row hides it all at once: every query that could show some of it
// carries one of the conditions below. Rows are deleted in bounded steps afterwards.
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** A user, or one of the user's conversations. */
export interface ErasureScope {
  readonly userId: string;
  /** Absent: everything of the user. */
  readonly sessionId?: string;
}

/** Condition on `streams`: its owner erased it. */
export const isStreamErased: RawBuilder<SqlBool> = sql<SqlBool>`(streams.erased_at is not null or exists (
  select 1 from erasures where erasures.user_id = streams.user_id
    and erasures.session_id in ('', coalesce(streams.session_id, '')) and streams.created_at <= erasures.until))`;

/** Condition on `conversations`: it was erased with everything of its user. One that is erased alone has no row any more. */
export const isConversationErased: RawBuilder<SqlBool> = sql<SqlBool>`exists (
  select 1 from erasures where erasures.user_id = conversations.user_id
    and erasures.session_id = '' and conversations.changed <= erasures.changed)`;

/** Condition on `messages`: its conversation was erased, perhaps followed by another of the same name. */
export const isMessageErased: RawBuilder<SqlBool> = sql<SqlBool>`exists (
  select 1 from erasures where erasures.user_id = messages.user_id and (
    erasures.session_id = messages.session_id and messages.created_at <= erasures.until
    or erasures.session_id = '' and exists (
      select 1 from conversations where conversations.user_id = messages.user_id
        and conversations.session_id = messages.session_id and conversations.changed <= erasures.changed)))`;

/** Time of a new row: `now`, or behind all that is erased in its scope, however far ahead the clock that wrote it. */
export function timeBehindErasures(
  { userId, sessionId = '' }: { userId: string; sessionId?: string | undefined },
  now: number,
): RawBuilder<number> {
  return sql<number>`coalesce((select max(until) + 1 from erasures where user_id = ${userId}
    and session_id in ('', ${sessionId}) and until >= ${now}), cast(${now} as bigint))`;
}
