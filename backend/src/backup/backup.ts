// The command `sillage backup`: copies the database of a single server, which may be running. The copy is one moment of the
// database, without the bytes of deleted data. It is checked, and has its name only when it is complete.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, readConfig } from '../config/config.ts';

const usage = `Usage: sillage backup <file>

Copies the database in DATA_DIR to a new file, also while the server runs. To restore it, save it as sillage.db in an empty
folder and start the server with that DATA_DIR.`;

const elsewhere =
  'The data is in PostgreSQL (DATABASE_URL). Back it up with pg_dump: docs/operations.md, Backup and restore.';

/** What the command is given. */
interface BackupOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
}

/** Runs the command and returns its exit code. */
export function backup(args: readonly string[], { environment, print }: BackupOptions): 0 | 1 {
  const [file] = args;
  if (file === undefined || file.startsWith('-') || args.length > 1) {
    print(usage);
    return 1;
  }
  try {
    const { dataDir, shared } = readConfig(environment);
    if (shared !== undefined) throw new BackupError(elsewhere);
    copyDatabase(join(resolve(dataDir), 'sillage.db'), resolve(file));
    print(`The backup is ${resolve(file)}. It contains what users wrote: keep it as private as the data folder.`);
    return 0;
  } catch (error) {
    if (!(error instanceof BackupError || error instanceof ConfigError || 'code' in (error as Error))) throw error;
    print(`No backup was made.\n${(error as Error).message}`);
    return 1;
  }
}

/** A reason that the operator can remove. */
class BackupError extends Error {}

function copyDatabase(source: string, target: string): void {
  if (!existsSync(source)) throw new BackupError(`There is no ${source}. Set DATA_DIR to the folder of the server.`);
  if (existsSync(target)) throw new BackupError(`${target} exists. Choose another name.`);
  const partial = `${target}.${process.pid}.partial`;
  closeSync(openSync(partial, 'wx', 0o600));
  try {
    vacuumInto(source, partial);
    check(partial);
    sync(partial);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** https://sqlite.org/lang_vacuum.html#vacuuminto */
function vacuumInto(source: string, target: string): void {
  const connection = new DatabaseSync(source); // a read-only one would leave a write-ahead log behind
  try {
    connection.exec('pragma busy_timeout = 5000');
    connection.prepare('vacuum into ?').run(target);
  } finally {
    connection.close();
  }
}

function check(file: string): void {
  const connection = new DatabaseSync(file, { readOnly: true });
  try {
    const [result] = connection.prepare('pragma quick_check(1)').all();
    const found = String(Object.values(result ?? {})[0]);
    if (found !== 'ok') throw new BackupError(`The database is damaged: ${found}`);
  } finally {
    connection.close();
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
