// For writes that must not be lost: retried until the storage works again.
import { setTimeout as delay } from 'node:timers/promises';
import { StreamError } from '@sillage/protocol';
import type { Batch, Database, WriteOptions } from '../database/database.ts';

/** Writes a batch, and retries every `retryMs` while the storage fails. Resolves as `Database.write` does.
 *  Rejects with an `AbortError` when `signal` is aborted. */
export async function writeWithRetry(
  database: Database,
  batch: Batch,
  { retryMs, signal, isUrgent = false }: WriteOptions & { retryMs: number; signal: AbortSignal },
): Promise<boolean> {
  for (;;) {
    try {
      return await database.write(batch, { isUrgent });
    } catch (error) {
      if (!(error instanceof StreamError) || error.code !== 'storage') throw error;
      await delay(retryMs, undefined, { signal });
    }
  }
}
