// Ids of messages in requests and responses: the one that the client chose, or else the one that the server made.
import { type RawBuilder, type SqlBool, sql } from 'kysely';

/** Condition on `messages`: `id` names the message. Each half uses an index of its own. */
export function isNamed(userId: string, id: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`(messages.user_id = ${userId} and messages.message_id = ${id}
    or messages.user_id = ${userId} and messages.client_id = ${id})`;
}

/** The id that the client chose for a message's parent; null where the server made its id. */
export const parentClientId: RawBuilder<string | null> = sql<string | null>`(
  select parent.client_id from messages as parent where parent.message_id = messages.parent_id)`;

/** The id of a conversation's `leaf_id` in responses. */
export const leafOf: RawBuilder<string | null> = sql<string | null>`coalesce(
  (select messages.client_id from messages where messages.message_id = conversations.leaf_id), conversations.leaf_id)`;
