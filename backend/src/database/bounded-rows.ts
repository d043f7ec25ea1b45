// Cuts work on many rows into steps that never hold up others for long.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/** Most rows of one step. */
export const rowsPerStep = 50;
/** Most text of one step, in bytes; a single row may be larger. */
const bytesPerStep = 262_144;

/** Takes the first rows that make one step; at least one, where there is any. */
export function stepOf<Row extends { readonly bytes: number | null }>(rows: readonly Row[]): Row[] {
  let left = bytesPerStep;
  const over = rows.findIndex(({ bytes }, index) => {
    left -= Number(bytes ?? 0);
    return index > 0 && left < 0;
  });
  return rows.slice(0, over === -1 ? rows.length : over);
}

/** Size of a text in bytes, its parts included, about. */
export function bytesOf(column: 'content' | 'body', table: 'messages' | 'stream_bodies'): RawBuilder<number | null> {
  return sql`octet_length(${sql.ref(column)}) * (1 + coalesce(${sql.ref(`${table}.parts`)}, 0))`;
}

/** Deletes the parts of a long text, the last ones first, in steps of two. */
export async function* deleteParts(
  database: Database,
  { table, id, parts }: { table: 'message_parts' | 'stream_body_parts'; id: string; parts: number | null },
): AsyncGenerator<void> {
  const owner = table === 'message_parts' ? 'message_id' : 'stream_id';
  for (let last = parts ?? 0; last > 0; last -= 2) {
    const remove = sql`delete from ${sql.table(table)} where ${sql.ref(owner)} = ${id} and part > ${last - 2}`;
    await database.write([remove.compile(database.query)]);
    yield;
  }
}
