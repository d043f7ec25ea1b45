// The table of the journal, which only the embedded database has. `streams/stores/sqlite/journal.ts` writes and replays it.
import type { SqliteDatabase } from './sqlite-database.ts';

/** Creates the table if it does not exist. Not a migration, because those run on PostgreSQL as well. Each row has the appends of
 *  all streams that one commit stored, as JSON.
 *  @throws the database's error. */
export async function createJournal(database: SqliteDatabase): Promise<void> {
  const sql = 'create table if not exists journal (journal_id integer primary key, body text not null)';
  await database.write([{ sql, parameters: [] }]);
}
