// Opens the embedded store on real files, and reopens it on a copy of them, as after a crash.
import { cpSync } from 'node:fs';
import { removeFolder, tempFolder } from '@sillage/testing';
import { SqliteDatabase } from '../../../database/sqlite/sqlite-database.ts';
import type { StoreUnderTest } from '../../contract/store-under-test.testing.ts';
import { SqliteStreamStore, type SqliteStreamStoreOptions } from './sqlite-stream-store.ts';

/** The embedded store with its database and folder. */
export interface OpenedStore extends StoreUnderTest {
  readonly store: SqliteStreamStore;
  readonly database: SqliteDatabase;
  readonly folder: string;
  reopen(): Promise<SqliteStreamStore>;
}

/** Opens a store in `folder`, or in a new folder. */
export async function openStore({
  folder = tempFolder(),
  commitMs = 1,
  ...options
}: { folder?: string; commitMs?: number } & Partial<SqliteStreamStoreOptions> = {}): Promise<OpenedStore> {
  const database = await SqliteDatabase.open(folder, { commitMs, storageRetryMs: 10 });
  const store = await SqliteStreamStore.open(database, { storageRetryMs: 10, ...options });
  const reopened: OpenedStore[] = [];
  return {
    store,
    database,
    folder,
    async reopen() {
      const copy = tempFolder();
      // A copy of the files equals what a crash of the process leaves. Nothing is committed during the synchronous copy.
      cpSync(folder, copy, { recursive: true, filter: (file) => !/(\.lock|-shm)$/.test(file) });
      const next = await openStore({ folder: copy, commitMs, ...options });
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
