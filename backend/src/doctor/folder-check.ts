// Checks the data folder of a single server: whether it can be written, its free space, and the SQLite file in it. Leaves no
// file behind, and takes no lock.
import { accessSync, constants, existsSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Finding, ok, problem, warning, wordsOf } from './finding.ts';
import { checkMigrations } from './migrations-check.ts';

const choose = 'Give this user write access, or choose another folder with DATA_DIR.';
const probeBytes = 65_536;
const [warnBytes, failBytes] = [1e9, 1e8];

export async function checkFolder(dataDir: string): Promise<Finding[]> {
  const folder = resolve(dataDir);
  const writing = checkWriting(folder);
  if (writing.level === 'problem') return [writing];
  return [writing, checkSpace(existingParent(folder)), ...(await checkFile(join(folder, 'sillage.db')))];
}

function checkWriting(folder: string): Finding {
  const place = existingParent(folder);
  const probe = join(folder, `.sillage-doctor-${process.pid}`);
  try {
    if (!statSync(place).isDirectory()) return problem('folder', `${place} is a file, not a folder`, choose);
    accessSync(place, constants.W_OK);
    if (place !== folder) return ok('folder', `${folder} does not exist yet; the first start creates it`);
    writeFileSync(probe, Buffer.alloc(probeBytes), { flag: 'wx', mode: 0o600, flush: true });
    return ok('folder', `${folder} can be written`);
  } catch (error) {
    const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    const advice = isFull ? 'The disk is full: free some space, or choose another folder with DATA_DIR.' : choose;
    return problem('folder', `${folder} cannot be written (${wordsOf(error)})`, advice);
  } finally {
    if (existsSync(probe)) rmSync(probe);
  }
}

function checkSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const message = `${((bavail * bsize) / 1e9).toFixed(1)} GB free`;
  if (bavail * bsize >= warnBytes) return ok('space', message);
  const advice = 'Free some space: while the disk is full, replies wait and starts are refused.';
  return bavail * bsize < failBytes ? problem('space', message, advice) : warning('space', message, advice);
}

/** Returns the folder itself or, while it does not exist, the nearest parent that does. */
function existingParent(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingParent(dirname(folder));
}

async function checkFile(file: string): Promise<Finding[]> {
  if (!existsSync(file) || statSync(file).size === 0) return [checkMigrations([])];
  const { DatabaseSync } = await import('node:sqlite');
  // Without a write-ahead log nobody uses the file, and opening it as usual would create one.
  const url = new URL(`${pathToFileURL(file)}${existsSync(`${file}-wal`) ? '' : '?immutable=1'}`);
  try {
    using database = disposable(new DatabaseSync(url, { readOnly: true }));
    const [{ quick_check: integrity } = {}] = database.connection.prepare('pragma quick_check(1)').all();
    if (integrity !== 'ok') return [damaged(file, String(integrity))];
    const hasTable = database.connection.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get();
    const rows = hasTable ? database.connection.prepare('select name from kysely_migration').all() : [];
    const size = `${(statSync(file).size / 1e6).toFixed(1)} MB`;
    return [ok('database', `${file} is intact (${size})`), checkMigrations(rows.map(({ name }) => String(name)))];
  } catch (error) {
    return [damaged(file, wordsOf(error))];
  }
}

function damaged(file: string, reason: string): Finding {
  const advice = 'Restore a backup (docs/operations.md), or move the file away to start anew.';
  return problem('database', `${file} is damaged or is not a database of Sillage (${reason})`, advice);
}

function disposable<Connection extends { close(): void }>(connection: Connection) {
  return { connection, [Symbol.dispose]: () => connection.close() };
}
