// The store of a fixture's server: a data folder, or, in the suite `faults-redis`, PostgreSQL and Redis. Tests can query the
// database directly.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connectPostgres, removeFolder, type ServerOptions, tempFolder } from '@sillage/testing';
import { inject } from 'vitest';

/** The URLs of a PostgreSQL in which tests may create databases, and of a Redis. */
export interface Databases {
  readonly postgres: string;
  readonly redis: string;
}

/** Where the server stores streams. A caller that passes a folder also removes it. */
export type Place = { readonly dataDir: string } | Databases;

/** A store that a server can use, with direct access to its database. */
export interface FixtureStore extends AsyncDisposable {
  /** Options that make a server use this store. */
  readonly options: ServerOptions;
  /** Runs a query. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
  /** Runs a statement that changes data. Call it only while no server uses the store. */
  change(sql: string): Promise<void>;
  /** Runs the database's own integrity check and lists what it reports. */
  damage(): Promise<unknown[]>;
}

/** Storage that fails and recovers on command. The test disposes of it after the server. */
export interface FailingStorage extends AsyncDisposable {
  readonly place: Place;
  /** Makes every write of the server with this process id fail. */
  fail(pid: number): void | Promise<void>;
  /** Ends the fault. Stored data is still there. */
  recover(pid: number): void | Promise<void>;
}

const databases = inject('databases');

/** Whether the suite runs on the embedded store. */
export const isEmbedded = databases === undefined;

/** Opens an empty store in `place`. Default: a new folder or a new database, depending on the suite. */
export function openStore(place: Place | undefined = databases): FixtureStore | Promise<FixtureStore> {
  if (place === undefined) return inNewFolder();
  return 'dataDir' in place ? inFolder(place.dataDir) : inDatabases(place);
}

function inNewFolder(): FixtureStore {
  const folder = tempFolder();
  return { ...inFolder(folder), [Symbol.asyncDispose]: async () => removeFolder(folder) };
}

function inFolder(dataDir: string): FixtureStore {
  const rows: FixtureStore['rows'] = async (sql) => {
    using database = new DatabaseSync(join(dataDir, 'sillage.db'), { readOnly: true }); // closing a writable connection would checkpoint the journal
    return database.prepare(sql).all();
  };
  return {
    options: { dataDir },
    rows,
    change: async (sql) => {
      using database = new DatabaseSync(join(dataDir, 'sillage.db'));
      database.exec(sql);
    },
    damage: async () => (await rows('pragma quick_check')).filter(({ quick_check }) => quick_check !== 'ok'),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function inDatabases({ postgres, redis }: Databases): Promise<FixtureStore> {
  const name = `fixture_${randomUUID().replaceAll('-', '')}`;
  const admin = connectPostgres(postgres);
  await admin.rows(`create database ${name}`);
  await admin.close();
  const url = new URL(postgres);
  url.pathname = name;
  const { rows, close } = connectPostgres(url.href);
  return {
    options: { env: { DATABASE_URL: url.href, REDIS_URL: redis, node_lease: '1' } },
    rows,
    change: async (sql) => void (await rows(sql)),
    damage: async () => [],
    [Symbol.asyncDispose]: close,
  };
}
