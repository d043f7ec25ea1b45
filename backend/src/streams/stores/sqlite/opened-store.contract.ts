// Opens the embedded store on real files, and again on what a crash would leave of them.
import { cpSync } from 'node:fs';
import { removeFolder, tempFolder } from '@sillage/testing';
import { SqliteDatabase } from '../../../database/sqlite/sqlite-database.ts';
import type { StoreUnderTest } from '../../contract/store-under-test.contract.ts';
import { SqliteStreamStore, type SqliteStreamStoreOptions } from './sqlite-stream-store.ts';

/** Is the embedded store with what lies below it. */
export interface OpenedStore extends StoreUnderTest {
  readonly store: SqliteStreamStore;
  readonly database: SqliteDatabase;
  readonly folder: string;
  reopen(): Promise<SqliteStreamStore>;
}

/** Opens a store in `folder`, a new one unless it is given. */
export async function openStore({
  folder = tempFolder(),
  ...options
}: { folder?: string } & Partial<SqliteStreamStoreOptions> = {}): Promise<OpenedStore> {
  const database = await SqliteDatabase.open(folder, { commitMs: 1 });
  const store = await SqliteStreamStore.open(database, { storageRetryMs: 10, ...options });
  const reopened: OpenedStore[] = [];
  return {
    store,
    database,
    folder,
    async reopen() {
      const copy = tempFolder();
      // What the system has of the files is what the death of the process leaves; nothing is committed in between.
      cpSync(folder, copy, { recursive: true, filter: (file) => !/(\.lock|-shm)$/.test(file) });
      const next = await openStore({ folder: copy, ...options });
      reopened.push(next);
      return next.store;
    },
    async close() {
      await store.close();
      await database.close();
      removeFolder(folder);
      for (const next of reopened) await next.close();
    },
  };
}
