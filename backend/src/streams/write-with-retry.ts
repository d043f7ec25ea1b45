// A write that must not be lost waits for its storage instead of failing.
import { setTimeout as delay } from 'node:timers/promises';
import { StreamError } from '@sillage/protocol';
import type { Batch, Database } from '../database/database.ts';

/** Writes a batch, again and again while the storage fails; whoever waits for it keeps what is stored.
 *  Rejects with an `AbortError` when `signal` ends the waiting. */
export async function writeWithRetry(
  database: Database,
  batch: Batch,
  { retryMs, signal }: { retryMs: number; signal: AbortSignal },
): Promise<boolean> {
  for (;;) {
    try {
      return await database.write(batch);
    } catch (error) {
      if (!(error instanceof StreamError) || error.code !== 'storage') throw error;
      await delay(retryMs, undefined, { signal });
    }
  }
}
