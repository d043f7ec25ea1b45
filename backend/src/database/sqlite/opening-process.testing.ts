// Child process of the test that kills it: opens the embedded database with all migrations and kills itself (SIGKILL)
// before its nth statement. Run as `node --conditions=@sillage/source <this file> <folder> <n>`.
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { SqliteSearch } from '../../conversations/search/sqlite-search.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import { SqliteDatabase } from './sqlite-database.ts';

const [folder = '', dieAt = ''] = process.argv.slice(2);
let statements = 0;

function dieBefore<T extends object>(target: T, method: keyof T): void {
  const run = target[method] as (...values: unknown[]) => unknown;
  target[method] = function (this: unknown, ...values: unknown[]) {
    statements++;
    if (statements === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
    return run.apply(this, values);
  } as T[keyof T];
}

dieBefore(DatabaseSync.prototype, 'exec');
for (const method of ['run', 'get', 'all', 'iterate'] as const) dieBefore(StatementSync.prototype, method);

const database = await SqliteDatabase.open(folder, { commitMs: 1 });
await SqliteSearch.open(database);
await SqliteStreamStore.open(database, { storageRetryMs: 10 });
console.log(statements);
process.exit(0); // without closing: the file stays as an abrupt exit leaves it
