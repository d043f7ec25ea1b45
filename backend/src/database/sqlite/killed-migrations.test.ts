// A process is killed (SIGKILL) before each statement that creates or migrates tables, and then restarted.
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { shortOrFull, tempFolder } from '@sillage/testing';
import { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { build } from 'vite';
import { beforeAll, expect, test } from 'vitest';
import { SqliteSearch } from '../../conversations/search/sqlite-search.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import { migrate } from '../migrations/migrate.ts';
import { migrations } from '../migrations/migrations.ts';
import type { Schema } from '../schema.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { EmbeddedDialect } from './sqlite-dialect.ts';
import { StatementCache } from './statement-cache.ts';

/** Step between the statements at which the process is killed, on tables of the first `known` migrations. */
const strideOf = (known: number) => shortOrFull({ short: 11, full: known === 0 ? 1 : 5 });
const script = fileURLToPath(new URL('./opening-process.testing.ts', import.meta.url));
const built = join(tempFolder(), 'opening-process');

/** A bundled file starts four times as fast as the sources. */
beforeAll(async () => {
  const conditions = ['@sillage/source', 'node'];
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: { ssr: script, outDir: built, minify: false },
  });
});

const run = (folder: string, dieAt: number) =>
  promisify(execFile)(process.execPath, [join(built, 'opening-process.testing.js'), folder, `${dieAt}`]);

/** Names of the migrations in their order of execution, which is by name. */
const names = Object.keys(migrations).sort();
const all = [0, ...names.map((_, index) => index + 1)];
const olderSchemas = shortOrFull({ short: [0, Math.floor(all.length / 2), all.length - 1], full: all });

test.each(olderSchemas)(
  'a start that dies at any statement, on tables of the first %i migrations, leaves a folder that the next start upgrades',
  async (known) => {
    const before = await folderWith(known);
    const { stdout } = await run(copyOf(before), 0);
    const total = Number(stdout);
    expect(total).toBeGreaterThan(2);
    const undisturbed = await upgraded(copyOf(before));

    // Each schema starts at another statement, so that the short run covers different ones.
    const stride = strideOf(known);
    for (let dieAt = 1 + (known % stride); dieAt <= total; dieAt += stride) {
      const folder = copyOf(before);
      await expect(run(folder, dieAt)).rejects.toMatchObject({ signal: 'SIGKILL' });
      expect(await upgraded(folder), `died at statement ${dieAt} of ${total}`).toEqual(undisturbed);
    }
  },
  shortOrFull({ short: 60_000, full: 300_000 }),
);

/** Creates a folder in the state of a version with only the first `known` migrations, with rows in every table. */
async function folderWith(known: number): Promise<string> {
  const folder = tempFolder();
  if (known === 0) return folder;
  const connection = new DatabaseSync(join(folder, 'sillage.db'));
  connection.exec('pragma journal_mode = wal');
  const query = new Kysely<Schema>({ dialect: new EmbeddedDialect(connection, new StatementCache(connection)) });
  const ran = names.slice(0, known);
  await migrate(query, Object.fromEntries(ran.map((name) => [name, migrations[name] as Migration])));
  if (ran.includes('2026-11-23-streams')) {
    connection.exec(`insert into streams (stream_id, user_id, epoch, created_at, ended_at) values ('s1', 'ada', 1, 1, 2);
      insert into stream_bodies (stream_id, body) values ('s1', '[["text","潮汐 🌊"]]')`);
  }
  if (ran.includes('2026-11-23-conversations')) {
    connection.exec(`insert into conversations (user_id, session_id, title, created_at, updated_at)
        values ('ada', 'c1', '潮汐', 1, 1);
      insert into messages (message_id, user_id, session_id, role, content, created_at)
        values ('m1', 'ada', 'c1', 'user', '潮汐 🌊 tide', 1)`);
  }
  await query.destroy();
  return folder;
}

function copyOf(folder: string): string {
  const copy = tempFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Opens the folder and returns its tables, its rows and the results of a search. */
async function upgraded(folder: string) {
  const database = await SqliteDatabase.open(folder, { commitMs: 1 });
  const search = await SqliteSearch.open(database);
  const store = await SqliteStreamStore.open(database, { storageRetryMs: 10 });
  const matching = search.holding('ada', 'tide');
  const found = await database.query
    .selectFrom('conversations')
    .select('session_id')
    .where(matching ?? ((where) => where.lit(false)))
    .execute();
  const rows = {
    tables: database.all('select name, sql from sqlite_schema order by name'),
    migrations: database.all('select name from kysely_migration order by name'),
    streams: database.all('select stream_id, user_id, ended_at from streams'),
    bodies: database.all('select * from stream_bodies'),
    messages: database.all('select message_id, client_id, content from messages'),
    found,
  };
  await store.close();
  await database.close();
  return rows;
}
