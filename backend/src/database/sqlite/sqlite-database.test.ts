import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cpuMsSince, tempFolder } from '@sillage/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { SqliteDatabase } from './sqlite-database.ts';

const open = (folder: string) => SqliteDatabase.open(folder, { commitMs: 1 });
const ticket = { ticket_hash: 'hash', user_id: 'ada', claims: '{}', created_at: 1, bound_to: null, stream_id: null };

test('a new folder is readable by its owner only, and keeps what was written', async () => {
  const folder = join(tempFolder(), 'made', 'here');
  const first = await open(folder);
  await first.write([first.query.insertInto('tickets').values(ticket).compile()]);
  await first.close();

  const second = await open(folder);

  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(await second.query.selectFrom('tickets').selectAll().execute()).toEqual([ticket]);
  await second.close();
});

test('its files are readable by their owner only, also in an existing folder', async () => {
  const folder = tempFolder();
  chmodSync(folder, 0o755);
  await (await open(folder)).close();
  const names = ['sillage.db', 'sillage.db-wal', 'sillage.db-shm', 'sillage.lock'];
  const earlier = new DatabaseSync(join(folder, 'sillage.db'));
  earlier.exec('begin; pragma user_version = 1; commit'); // with a write-ahead log, as after a crash
  for (const name of names) chmodSync(join(folder, name), 0o644);

  const database = await open(folder);
  await database.write([database.query.insertInto('tickets').values(ticket).compile()]);

  expect(names.map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8))).toEqual(Array(4).fill('600'));
  await database.close();
  earlier.close();
});

test('closing commits pending writes first', async () => {
  const folder = tempFolder();
  const database = await open(folder);
  const writing = database.write([database.query.insertInto('tickets').values(ticket).compile()]);

  await database.close();

  expect(await writing).toBe(true);
  const reopened = await open(folder);
  expect(await reopened.query.selectFrom('tickets').selectAll().execute()).toHaveLength(1);
  await reopened.close();
});

test('a checkpoint has at most 250 pages and one commit to copy, however much is written', async () => {
  const folder = tempFolder();
  const database = await open(folder);
  const claims = 'x'.repeat(50_000); // of one commit
  const { query } = database;

  for (let i = 0; i < 100; i++) {
    await database.write([
      query
        .insertInto('tickets')
        .values({ ...ticket, ticket_hash: `${i}`, claims })
        .compile(),
    ]);
  }

  const { size } = statSync(join(folder, 'sillage.db-wal')); // its file keeps the size of its longest state
  expect(size).toBeLessThan(250 * 4_120 + 2 * claims.length);
  await database.close();
});

test('a long read runs in another thread, sees committed data, cannot write, and ends with the database', async () => {
  const database = await open(tempFolder());
  const { longQuery } = database;
  const tickets = () => longQuery.selectFrom('tickets').selectAll().execute();
  const count = sql<{
    count: number;
  }>`with recursive number (i) as (select 1 union all select i + 1 from number where i < 3000000)
    select count(*) as count from number`;
  await database.write([database.query.insertInto('tickets').values(ticket).compile()]);
  expect(await tickets()).toEqual([ticket]);

  const [ofThread, ofProcess] = [process.threadCpuUsage(), process.cpuUsage()];
  const { rows } = await count.execute(longQuery);
  const usedMs = cpuMsSince(ofThread);
  const { user, system } = process.cpuUsage(ofProcess);

  expect(rows).toEqual([{ count: 3_000_000 }]);
  expect(usedMs).toBeLessThan((user + system) / 1_000 / 2); // the other thread needs several times as much
  await expect(longQuery.deleteFrom('tickets').execute()).rejects.toThrow('readonly');
  await expect(sql`nonsense`.execute(longQuery)).rejects.toThrow('syntax error');
  await database.close();
  await expect(tickets()).rejects.toThrow();
});

test('a write after closing is refused', async () => {
  const database = await open(tempFolder());
  await database.close();

  await expect(database.write([])).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
});

test('the file is in write-ahead mode, so that the death of the process loses nothing that was committed', async () => {
  const database = await open(tempFolder());

  expect(database.all('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(database.all('pragma synchronous')).toEqual([{ synchronous: 1 }]);
  await database.close();
});

test('a folder that is in use is refused, and stays in use', async () => {
  const folder = tempFolder();
  const database = await open(folder);

  await expect(open(folder)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('in use') });

  expect(await database.write([])).toBe(true);
  await database.close();
});

test('a file that is no database is refused with an error that says what to do, stays unchanged, and the folder is unlocked', async () => {
  const folder = tempFolder();
  const file = join(folder, 'sillage.db');
  writeFileSync(file, 'nonsense '.repeat(1_000));

  const message = `${file} is damaged or is not a Sillage database. Restore a backup, or move the file away to start anew.`;
  await expect(open(folder)).rejects.toMatchObject({ name: 'StreamError', code: 'storage', message });
  await expect(open(folder)).rejects.toMatchObject({ message });

  expect(readFileSync(file, 'utf8')).toBe('nonsense '.repeat(1_000));
});

test('a database whose first page is damaged is refused the same way', async () => {
  const folder = tempFolder();
  await (await open(folder)).close();
  const file = join(folder, 'sillage.db');
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xee, 100, 4_000));

  await expect(open(folder)).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('is damaged') });
});

test('a folder that cannot be created is refused with an error that says what to do', async () => {
  const file = join(tempFolder(), 'file');
  writeFileSync(file, '');

  await expect(open(join(file, 'data'))).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining(
      'cannot be written. Give this user write access, or choose another folder with DATA_DIR',
    ),
  });
});
