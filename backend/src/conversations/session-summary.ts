// Converts a stored conversation to its form in responses.
import type { SessionSummary } from '@sillage/protocol';
import type { Selectable } from 'kysely';
import type { ConversationsTable } from '../database/schema.ts';

/** Converts a row. */
export function summaryOf(row: Selectable<ConversationsTable>): SessionSummary {
  return {
    sessionId: row.session_id,
    title: row.title,
    createdAt: new Date(Number(row.created_at)).toISOString(),
    updatedAt: new Date(Number(row.updated_at)).toISOString(),
    ...(row.active_stream_id !== null && { activeStreamId: row.active_stream_id }),
    ...(row.pinned === 1 && { pinned: true }),
  };
}
