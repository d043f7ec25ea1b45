// Chooses the database. Everything else injects the port, `DATABASE`.

import type { Observer } from '../observing/observer.ts';
import type { Database } from './database.ts';

/** Where the database is: a folder, the memory of the process, or a PostgreSQL that nodes share. */
export type DatabasePlace =
  | { readonly dataDir: string }
  | { readonly memory: true }
  | { readonly databaseUrl: string; readonly schema?: string | undefined }
  | { readonly pool: { readonly options: object }; readonly schema?: string | undefined };

/** Durations, named as in `Timings`, and the observer. */
interface DatabaseOptions {
  readonly observer?: Observer | undefined;
  readonly storageRetryMs: number;
  readonly commitMs: number;
  readonly walMs: number;
  readonly folderLockMs: number;
}

/** The schema of an application's own PostgreSQL in which the tables are, unless it names another one. */
const defaultSchema = 'sillage';

/** Opens the database. Only the driver of that database is loaded. */
export async function openDatabase(place: DatabasePlace, options: DatabaseOptions): Promise<Database> {
  if ('databaseUrl' in place || 'pool' in place) {
    const server = 'pool' in place ? place.pool : place.databaseUrl;
    const { schema = defaultSchema } = place;
    const { PostgresDatabase } = await import('./postgres/postgres-database.ts');
    return PostgresDatabase.open(server, {
      schema,
      storageRetryMs: options.storageRetryMs,
      observer: options.observer,
    });
  }
  const { SqliteDatabase } = await import('./sqlite/sqlite-database.ts');
  return 'memory' in place ? SqliteDatabase.openInMemory(options) : SqliteDatabase.open(place.dataDir, options);
}
