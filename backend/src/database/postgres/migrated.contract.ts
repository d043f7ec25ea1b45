// Creates the tables in an empty database. Tests pass it to `createDatabase`, which then copies databases instead of
// migrating each of them.
import { PostgresDatabase } from './postgres-database.ts';

/** Brings a database to the latest schema. */
export async function migrated(url: string): Promise<void> {
  const database = await PostgresDatabase.open(url);
  await database.close();
}
