// Restricts the files of a data folder to their owner (0600), including existing files and folders that other users may
// enter.
import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { Logger } from '@nestjs/common';

const mode = 0o600;

/** Creates the file if it does not exist, and restricts it to its owner. A file of another owner stays unchanged,
 *  with a warning. SQLite applies the mode of a database to its `-wal` and `-shm` files.
 *  @throws the error of the file system when the file cannot be created. */
export function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'ax', mode));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    takeFromOthers(file);
  }
}

/** Whether other users may read or write the file. Windows has no such mode. */
export function isOpenToOthers(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
}

/** Restricts an existing file to its owner; does nothing if it does not exist. */
export function takeFromOthers(file: string): void {
  try {
    if (isOpenToOthers(file)) chmodSync(file, mode);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    new Logger('DataFolder').warn(`${file} can be read by others, and that cannot be changed: ${message}`);
  }
}
