// Divides work on many rows into short transactions, so that other writes are not delayed.
import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/** Maximum number of rows per step. */
export const rowsPerStep = 50;
/** Maximum size of the text per step, in bytes; a single larger row is a step of its own. */
const bytesPerStep = 262_144;

/** Returns the first rows that fit in one step: at least one, unless `rows` is empty. */
export function stepOf<Row extends { readonly bytes: number | null }>(rows: readonly Row[]): Row[] {
  let left = bytesPerStep;
  const over = rows.findIndex(({ bytes }, index) => {
    left -= Number(bytes ?? 0);
    return index > 0 && left < 0;
  });
  return rows.slice(0, over === -1 ? rows.length : over);
}

/** Approximate size of a text in bytes, with its parts. */
export function bytesOf(column: 'content' | 'body', table: 'messages' | 'stream_bodies'): RawBuilder<number | null> {
  return sql`octet_length(${sql.ref(column)}) * (1 + coalesce(${sql.ref(`${table}.parts`)}, 0))`;
}

/** Deletes the parts of a long text from the last to the first; two parts before each `yield`. */
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
