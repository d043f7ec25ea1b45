// Removes deleted content from the file: freed bytes are overwritten with zeros, and the write-ahead log, which
// contains old pages, is truncated regularly. https://sqlite.org/pragma.html#pragma_secure_delete
import type { DatabaseSync } from 'node:sqlite';
import { Logger } from '@nestjs/common';

/** Value of `pragma user_version` that marks a file in which all freed bytes are overwritten. */
const overwritingVersion = 1;

const logger = new Logger('DataFolder');

/** Enables overwriting of freed bytes. An older file is rewritten once, which takes about one second per 100 MB; if
 *  that fails (a full disk), the next start retries it. */
export function overwriteFreed(connection: DatabaseSync): void {
  connection.exec('pragma secure_delete = on');
  const numberOf = (pragma: string) => Number(Object.values(connection.prepare(`pragma ${pragma}`).get() ?? {})[0]);
  if (numberOf('user_version') >= overwritingVersion) return;
  try {
    if (numberOf('page_count') > 1) connection.exec('vacuum');
    connection.exec(`pragma user_version = ${overwritingVersion}`);
  } catch (error) {
    logger.warn(`Texts deleted by an earlier version are still in the file, which cannot be rewritten: ${error}`);
  }
}

/** Truncates the write-ahead log on an interval while the database is open. */
export class WalTruncation {
  readonly #connection: DatabaseSync;
  readonly #timer: NodeJS.Timeout;
  #isFailing = false;

  constructor(connection: DatabaseSync, intervalMs: number) {
    this.#connection = connection;
    this.#timer = setInterval(() => this.#truncate(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #truncate(): void {
    try {
      // A concurrent reader in another process (a backup) is not waited for; the next interval retries.
      this.#connection.exec('pragma busy_timeout = 0; pragma wal_checkpoint(truncate)');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) logger.warn(`The write-ahead log cannot be truncated; the next interval retries: ${error}`);
      this.#isFailing = true;
    } finally {
      this.#connection.exec('pragma busy_timeout = 5000');
    }
  }
}
