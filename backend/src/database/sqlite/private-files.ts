// The files of a data folder are their owner's alone (0600), also in a folder that others may enter, and those of before.
import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { Logger } from '@nestjs/common';

const mode = 0o600;

/** Creates the file where there is none, and takes it from everybody but its owner. A file of another owner stays as it is,
 *  with a warning. SQLite gives a database's `-wal` and `-shm` the mode of the database.
 *  @throws what the file system throws when the file cannot be created. */
export function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'ax', mode));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    takeFromOthers(file);
  }
}

/** Whether others than its owner may read or write the file; Windows has no such mode. */
export function isOpenToOthers(file: string): boolean {
  return process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
}

/** Takes an existing file from everybody but its owner; harmless where there is none. */
export function takeFromOthers(file: string): void {
  try {
    if (isOpenToOthers(file)) chmodSync(file, mode);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    new Logger('DataFolder').warn(`${file} can be read by others, and that cannot be changed: ${message}`);
  }
}
