// Ensures that one process owns a data folder. The lock is an open transaction, which the operating system releases
// when the process ends.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { keepPrivate } from './private-files.ts';

/** Interval between two attempts. */
const retryMs = 50;

/** Locks the folder as `lockFolder` does, and waits up to `waitMs` for another process to end: a watcher starts the new one
 *  while the former one is still shutting down.
 *  @throws {StreamError} `storage`. */
export async function waitForFolder(folder: string, waitMs: number): Promise<() => void> {
  const deadline = performance.now() + waitMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return lockFolder(folder);
    } catch (error) {
      if (!isBusy((error as Error).cause) || performance.now() >= deadline) throw error;
      if (isFirst) new Logger('DataFolder').log(`Another process uses ${folder}; waiting for it to end.`);
      await delay(retryMs);
    }
  }
}

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
  return isBusy(error)
    ? `The data folder ${folder} is in use by another Sillage process. Stop that one, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).`
    : `The data folder ${folder} cannot be locked: ${(error as Error).message}. Move its sillage.lock away, or choose another folder with DATA_DIR (storage.dataDir in AiChatModule).`;
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return (((error as { errcode?: number }).errcode ?? 0) & 0xff) === SQLITE_BUSY;
}
