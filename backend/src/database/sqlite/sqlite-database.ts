// The embedded database: one SQLite file, one connection, one process. Write-ahead log, so readers never wait.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { StreamError } from '@sillage/protocol';
import { Kysely } from 'kysely';
import type { Observer } from '../../observing/observer.ts';
import { Outage } from '../../observing/outage.ts';
import type { Batch, Database, WriteOptions } from '../database.ts';
import { migrate } from '../migrations/migrate.ts';
import type { Schema } from '../schema.ts';
import { overwriteFreed, WalTruncation } from './deleted-content.ts';
import { waitForFolder } from './folder-lock.ts';
import { GroupCommit } from './group-commit.ts';
import { defineOwnedWords } from './owned-words.ts';
import { keepPrivate, takeFromOthers } from './private-files.ts';
import { ReadingThread } from './reading-thread.ts';
import { EmbeddedDialect, ReadingDialect } from './sqlite-dialect.ts';
import { StatementCache } from './statement-cache.ts';

/** Intervals in milliseconds, such as the minimum between two commits, and between two truncations of the write-ahead log. */
export interface SqliteOptions {
  readonly commitMs: number;
  readonly walMs?: number;
  /** Delay before a failed write is retried. */
  readonly storageRetryMs?: number;
  readonly observer?: Observer | undefined;
  /** How long to wait for another process to release the folder; default: not at all. */
  readonly folderLockMs?: number;
}

/** Number of 4 kB pages in the write-ahead log at which a commit runs a checkpoint. The checkpoint blocks the event
 *  loop; SQLite's default of 1,000 pages would take four times as long.
 *  https://sqlite.org/pragma.html#pragma_wal_autocheckpoint */
const pagesPerCheckpoint = 250;

/** Stores rows in `sillage.db`. Committed data survives a crash of the process; a power failure may lose the last commits
 *  (`synchronous=NORMAL`, https://sqlite.org/pragma.html#pragma_synchronous). */
export class SqliteDatabase implements Database {
  readonly query: Kysely<Schema>;
  readonly longQuery: Kysely<Schema>;
  readonly groupCommit: GroupCommit;
  readonly #statements: StatementCache;
  readonly #walTruncation: WalTruncation;
  readonly #unlock: () => void;
  readonly #outage: Outage;

  private constructor(
    connection: DatabaseSync,
    unlock: () => void,
    { commitMs, walMs = 20_000, storageRetryMs = 500, observer }: SqliteOptions,
  ) {
    this.#unlock = unlock;
    const statements = new StatementCache(connection);
    this.#statements = statements;
    this.#outage = new Outage({
      context: 'DataFolder',
      begun: 'The data folder cannot be written. Writes wait and are retried.',
      over: 'The data folder can be written again.',
      quietMs: storageRetryMs * 2,
    });
    this.groupCommit = new GroupCommit(connection, { commitMs, statements, outage: this.#outage, observer });
    this.#walTruncation = new WalTruncation(connection, walMs);
    this.query = new Kysely<Schema>({ dialect: new EmbeddedDialect(connection, statements) });
    const file = connection.location();
    this.longQuery = file === null ? this.query : new Kysely({ dialect: new ReadingDialect(new ReadingThread(file)) });
  }

  /** Opens or creates the folder and its database, and locks the folder for this process.
   *  @throws {StreamError} `storage`: the folder is in use, cannot be written, or its file is damaged. */
  static async open(folder: string, options: SqliteOptions): Promise<SqliteDatabase> {
    prepareFolder(folder);
    const unlock = await waitForFolder(folder, options.folderLockMs ?? 0);
    const file = join(folder, 'sillage.db');
    let connection: DatabaseSync | undefined;
    try {
      keepPrivate(file);
      for (const suffix of ['-wal', '-shm']) takeFromOthers(file + suffix);
      connection = new DatabaseSync(file);
      return await SqliteDatabase.#prepared(connection, unlock, options);
    } catch (error) {
      connection?.close();
      unlock();
      throw new StreamError('storage', describeOpening(file, error), { cause: error });
    }
  }

  /** Creates a database that is gone when it is closed. */
  static openInMemory(options: SqliteOptions): Promise<SqliteDatabase> {
    return SqliteDatabase.#prepared(new DatabaseSync(':memory:'), () => {}, options);
  }

  static async #prepared(
    connection: DatabaseSync,
    unlock: () => void,
    options: SqliteOptions,
  ): Promise<SqliteDatabase> {
    connection.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000');
    connection.exec(`pragma wal_autocheckpoint = ${pagesPerCheckpoint}`);
    connection.prepare('select count(*) from sqlite_schema').get();
    defineOwnedWords(connection);
    overwriteFreed(connection);
    const database = new SqliteDatabase(connection, unlock, options);
    await migrate(database.query);
    return database;
  }

  /** Runs a synchronous query in SQLite's own SQL dialect and returns its rows. */
  all(sql: string, ...parameters: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statements.get(sql).all(...parameters);
  }

  write(batch: Batch, options?: WriteOptions): Promise<boolean> {
    return this.groupCommit.write(batch, options);
  }

  async close(): Promise<void> {
    this.#walTruncation.stop();
    this.#outage.close();
    this.groupCommit.flush();
    await this.longQuery.destroy();
    await this.query.destroy(); // closes the connection
    this.#unlock();
  }
}

function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new StreamError(
      'storage',
      `The data folder ${folder} cannot be written. Give this user write access, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).`,
      { cause: error },
    );
  }
}

function describeOpening(file: string, error: unknown): string {
  const { errcode = 0, message } = error as { errcode?: number; message: string };
  const [SQLITE_READONLY, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_NOTADB] = [8, 11, 13, 26];
  switch (errcode & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return `${file} is damaged or is not a Sillage database. Restore a backup, or move the file away to start anew.`;
    case SQLITE_READONLY:
      return `${file} cannot be written. Give this user write access, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).`;
    case SQLITE_FULL:
      return `${file} cannot grow: the disk is full. Free some space, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).`;
    default:
      return `${file} cannot be opened: ${message}`;
  }
}
