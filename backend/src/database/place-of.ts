// Names the tables that nodes share, to keep apart what several databases have in one Redis.
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Returns the name of the database and of the schema. */
export async function placeOf({ query }: Pick<Database, 'query'>): Promise<string> {
  const place = sql<{ name: string }>`select current_database() || '/' || current_schema() as name`;
  const { rows } = await place.execute(query);
  return rows[0]?.name ?? '';
}
