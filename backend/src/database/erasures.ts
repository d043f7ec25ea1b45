// Erasing hides everything at once, by one row in `erasures`; the hidden rows are deleted later, in bounded steps. Every query
// that could return hidden rows must use one of the conditions below.
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** What to erase: one conversation of a user, or everything of the user. */
export interface ErasureScope {
  readonly userId: string;
  /** Absent for everything of the user. */
  readonly sessionId?: string;
}

/** Condition on `streams`: the stream is erased. */
export const isStreamErased: RawBuilder<SqlBool> = sql<SqlBool>`(streams.erased_at is not null or exists (
  select 1 from erasures where erasures.user_id = streams.user_id
    and erasures.session_id in ('', coalesce(streams.session_id, '')) and streams.created_at <= erasures.until))`;

/** Condition on `conversations`: the conversation was erased with everything of its user. When a single conversation is
 *  erased, its row is deleted at once. */
export const isConversationErased: RawBuilder<SqlBool> = sql<SqlBool>`exists (
  select 1 from erasures where erasures.user_id = conversations.user_id
    and erasures.session_id = '' and conversations.changed <= erasures.changed)`;

/** Condition on `messages`: the conversation was erased; a later one may have the same id. */
export const isMessageErased: RawBuilder<SqlBool> = sql<SqlBool>`exists (
  select 1 from erasures where erasures.user_id = messages.user_id and (
    erasures.session_id = messages.session_id and messages.created_at <= erasures.until
    or erasures.session_id = '' and exists (
      select 1 from conversations where conversations.user_id = messages.user_id
        and conversations.session_id = messages.session_id and conversations.changed <= erasures.changed)))`;

/** Creation time for a new row: `now`, or later if an erasure of its scope has a later time (clocks of nodes differ), so that
 *  the erasure does not hide the new row. */
export function timeBehindErasures(
  { userId, sessionId = '' }: { userId: string; sessionId?: string | undefined },
  now: number,
): RawBuilder<number> {
  return sql<number>`coalesce((select max(until) + 1 from erasures where user_id = ${userId}
    and session_id in ('', ${sessionId}) and until >= ${now}), cast(${now} as bigint))`;
}
