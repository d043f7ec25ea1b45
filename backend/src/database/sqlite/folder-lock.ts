// Ensures that one process owns a data folder. The lock is an open transaction, which the operating system releases
// when the process ends.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StreamError } from '@sillage/protocol';
import { keepPrivate } from './private-files.ts';

/** Locks the folder until the returned function is called or the process ends.
 *  @throws {StreamError} `storage` when another process has locked it, or it cannot be locked. */
export function lockFolder(folder: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    const file = join(folder, 'sillage.lock');
    keepPrivate(file);
    lock = new DatabaseSync(file);
    lock.exec('pragma busy_timeout = 0; begin exclusive');
  } catch (error) {
    lock?.close();
    throw new StreamError('storage', describeLocking(folder, error), { cause: error });
  }
  const held = lock;
  return () => held.close();
}

function describeLocking(folder: string, error: unknown): string {
  const { errcode = 0, message } = error as { errcode?: number; message: string };
  const SQLITE_BUSY = 5;
  return (errcode & 0xff) === SQLITE_BUSY
    ? `The data folder ${folder} is in use by another Sillage process. Stop that one, or set DATA_DIR to another folder.`
    : `The data folder ${folder} cannot be locked: ${message}. Move its sillage.lock away, or set DATA_DIR to another folder.`;
}
