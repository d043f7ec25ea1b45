// Where the server of a stage keeps its streams: in a folder, or, in the suite `faults-redis`, in a PostgreSQL and a
// Redis; and what it holds, asked beside the server.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connectPostgres, removeFolder, type ServerOptions, tempFolder } from '@sillage/testing';
import { inject } from 'vitest';

/** Holds the URLs of a PostgreSQL, in which databases can be made, and of a Redis. */
export interface Databases {
  readonly postgres: string;
  readonly redis: string;
}

/** Says where to keep streams; who names a folder removes it. */
export type Place = { readonly dataDir: string } | Databases;

/** Is a place that a server can use. */
export interface StageStore extends AsyncDisposable {
  /** Makes a server use it. */
  readonly options: ServerOptions;
  /** Asks the database. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
  /** Changes it, while no server uses it. */
  change(sql: string): Promise<void>;
  /** Lists what the database finds damaged in itself. */
  damage(): Promise<unknown[]>;
}

/** A place for streams that fails and recovers on command. The test that opens it disposes of it, after the server. */
export interface FailingStorage extends AsyncDisposable {
  readonly place: Place;
  /** Makes every write of the server with this process id fail. */
  fail(pid: number): void | Promise<void>;
  /** Ends the fault. What was stored is still there. */
  recover(pid: number): void | Promise<void>;
}

const databases = inject('databases');

/** Says whether the suite runs on the embedded store. */
export const isEmbedded = databases === undefined;

/** Opens an empty store in `place`, by default in a new folder or in a new database, as the suite says. */
export function openStore(place: Place | undefined = databases): StageStore | Promise<StageStore> {
  if (place === undefined) return inNewFolder();
  return 'dataDir' in place ? inFolder(place.dataDir) : inDatabases(place);
}

function inNewFolder(): StageStore {
  const folder = tempFolder();
  return { ...inFolder(folder), [Symbol.asyncDispose]: async () => removeFolder(folder) };
}

function inFolder(dataDir: string): StageStore {
  const rows: StageStore['rows'] = async (sql) => {
    using database = new DatabaseSync(join(dataDir, 'sillage.db'), { readOnly: true }); // else closing it would tidy up
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

async function inDatabases({ postgres, redis }: Databases): Promise<StageStore> {
  const name = `stage_${randomUUID().replaceAll('-', '')}`;
  const maker = connectPostgres(postgres);
  await maker.rows(`create database ${name}`);
  await maker.close();
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
