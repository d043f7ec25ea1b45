// Runs a suite on every database adapter; each test gets a new, empty database.
import { type Postgres, removeFolder, startPostgres, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Database } from './database.ts';
import { migrated } from './postgres/migrated.contract.ts';
import { PostgresDatabase } from './postgres/postgres-database.ts';
import { SqliteDatabase } from './sqlite/sqlite-database.ts';

/** Opens an empty database; the test must close it. */
export type OpenEmpty = () => Promise<Database>;

/** Declares `suite` once per adapter. */
export function onEachDatabase(suite: (open: OpenEmpty) => void): void {
  describe('on SQLite', () => {
    const folders: string[] = [];
    afterAll(() => folders.forEach(removeFolder));
    suite(() => {
      const folder = tempFolder();
      folders.push(folder);
      return SqliteDatabase.open(folder, { commitMs: 1 });
    });
  });
  describe('on PostgreSQL', () => {
    let postgres: Postgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.stop(), 60_000);
    suite(async () => PostgresDatabase.open(await postgres.createDatabase(migrated), { readers: 2 }));
  });
}
