// The embedded database: one SQLite file, one connection, one process. Write-ahead log, so readers never wait.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { StreamError } from '@sillage/protocol';
import { Kysely } from 'kysely';
import type { Batch, Database } from '../database.ts';
import { migrate } from '../migrate.ts';
import type { Schema } from '../schema.ts';
import { StatementCache } from '../statement-cache.ts';
import { lockFolder } from './folder-lock.ts';
import { GroupCommit } from './group-commit.ts';
import { defineOwnedWords } from './owned-words.ts';
import { EmbeddedDialect } from './sqlite-dialect.ts';

/** Keeps rows in `sillage.db`. Survives the death of the process; a power cut may cost the last moments
 *  (`synchronous=NORMAL`, https://sqlite.org/pragma.html#pragma_synchronous). */
export class SqliteDatabase implements Database {
  readonly query: Kysely<Schema>;
  readonly groupCommit: GroupCommit;
  readonly #connection: DatabaseSync;
  readonly #unlock: () => void;

  private constructor(connection: DatabaseSync, unlock: () => void, options: { commitMs: number }) {
    this.#connection = connection;
    this.#unlock = unlock;
    const statements = new StatementCache(connection);
    this.groupCommit = new GroupCommit(connection, { ...options, statements });
    this.query = new Kysely<Schema>({ dialect: new EmbeddedDialect(connection, statements) });
  }

  /** Opens or makes the folder and its database, and takes the folder for this process.
   *  @throws {StreamError} `storage`: the folder is in use, cannot be written, or its file is damaged. */
  static async open(folder: string, options: { commitMs: number }): Promise<SqliteDatabase> {
    prepareFolder(folder);
    const unlock = lockFolder(folder);
    const file = join(folder, 'sillage.db');
    let connection: DatabaseSync | undefined;
    try {
      connection = new DatabaseSync(file);
      connection.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000');
      connection.prepare('select count(*) from sqlite_schema').get();
      defineOwnedWords(connection);
      const database = new SqliteDatabase(connection, unlock, options);
      await migrate(database.query);
      return database;
    } catch (error) {
      connection?.close();
      unlock();
      throw new StreamError('storage', describeOpening(file, error), { cause: error });
    }
  }

  /** Reads rows at once, for SQL that only this database knows. */
  all(sql: string, ...parameters: SQLInputValue[]): Record<string, unknown>[] {
    return this.#connection.prepare(sql).all(...parameters);
  }

  write(batch: Batch): Promise<boolean> {
    return this.groupCommit.write(batch);
  }

  async close(): Promise<void> {
    this.groupCommit.flush();
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
      `The data folder ${folder} cannot be written. Give this user write access, or set DATA_DIR to another folder.`,
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
      return `${file} cannot be written. Give this user write access, or set DATA_DIR to another folder.`;
    case SQLITE_FULL:
      return `${file} cannot grow: the disk is full. Free some space, or set DATA_DIR to another folder.`;
    default:
      return `${file} cannot be opened: ${message}`;
  }
}
