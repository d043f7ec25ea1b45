// A process for tests that kill it: appends to streams forever, and prints a line `<streamId> <offset>` for each resolved
// append. Run as `node --conditions=@sillage/source <this file> <folder>`.
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ulid } from 'ulid';
import { SqliteDatabase } from '../../../database/sqlite/sqlite-database.ts';
import { SqliteStreamStore } from './sqlite-stream-store.ts';

/** Returns the `n`th delta that the process appends. */
export function deltaOf(n: number): string {
  return `${n} 🌍 é\r\n`;
}

async function appendForever(folder: string): Promise<void> {
  const database = await SqliteDatabase.open(folder, { commitMs: 2 });
  const store = await SqliteStreamStore.open(database, { storageRetryMs: 10, journalLength: 4_000 });
  const appendOn = async () => {
    const created = await store.create({ streamId: ulid(), userId: 'ada' });
    if (!created.isNew) return;
    for (let n = 0; ; n++) {
      const offset = await store.append(created.stream, [{ type: 'text', text: deltaOf(n) }]);
      writeSync(1, `${created.stream.streamId} ${offset}\n`);
    }
  };
  await Promise.all([appendOn(), appendOn(), appendOn()]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  appendForever(process.argv[2] ?? '').catch((error: Error) => {
    console.error(`${error.name}: ${error.message}`);
    process.exitCode = 1;
  });
}
