// Converts a stored message to its form in responses.
import type { SessionMessage } from '@sillage/protocol';
import type { Selectable } from 'kysely';
import { endIn } from '../database/end-columns.ts';
import type { MessagesTable } from '../database/schema.ts';

/** A row of a message without its reasoning, with the id that the client chose for its parent. */
export type StoredMessage = Omit<Selectable<MessagesTable>, 'reasoning'> & { readonly parent_client_id: string | null };

/** Converts a row; unknown values are left out. */
export function sessionMessageOf(row: StoredMessage): SessionMessage {
  return {
    id: row.client_id ?? row.message_id,
    ...(row.parent_id !== null && { parentId: row.parent_client_id ?? row.parent_id }),
    role: row.role,
    content: row.content,
    createdAt: new Date(row.created_at).toISOString(),
    ...(row.model !== null && { model: row.model }),
    ...(row.temperature !== null && { temperature: row.temperature }),
    ...(row.system_prompt !== null && { systemPrompt: row.system_prompt }),
    ...(row.provider !== null && { provider: row.provider }),
    ...endIn(row),
    ...(row.stream_id !== null && { streamId: row.stream_id }),
    ...(row.trimmed_turns !== null && { trimmedTurns: row.trimmed_turns }),
  };
}
