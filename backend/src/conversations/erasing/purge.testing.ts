// Purges the rows of conversations immediately, with the same statements as `Purger`.
import type { Database } from '../../database/database.ts';
import { ErasureRows } from './erasure-rows.ts';

/** Deletes every row of the conversations that are marked as erased, and returns the number of steps. */
export async function purgeConversations(database: Database, now = Date.now()): Promise<number> {
  const rows = new ErasureRows(database);
  let steps = 0;
  for (;;) {
    const erasure = await rows.findPending();
    if (erasure === undefined) return steps;
    for await (const _ of rows.purge(erasure, () => now)) steps++;
    await rows.markPurged(erasure, now);
  }
}
