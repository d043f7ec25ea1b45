// Converts a stored conversation to its form in the list.
import type { SessionSummary } from '@sillage/protocol';
import type { Selectable } from 'kysely';
import type { ConversationsTable } from '../../database/schema.ts';

/** The columns of a row in the list, which leave out the long ones. */
export const summaryColumns = [
  'session_id',
  'title',
  'created_at',
  'updated_at',
  'active_stream_id',
  'pinned',
] as const satisfies readonly (keyof ConversationsTable)[];

/** Converts a row. */
export function summaryOf(row: Pick<Selectable<ConversationsTable>, (typeof summaryColumns)[number]>): SessionSummary {
  return {
    sessionId: row.session_id,
    title: row.title,
    createdAt: new Date(Number(row.created_at)).toISOString(),
    updatedAt: new Date(Number(row.updated_at)).toISOString(),
    ...(row.active_stream_id !== null && { activeStreamId: row.active_stream_id }),
    ...(row.pinned === 1 && { pinned: true }),
  };
}
