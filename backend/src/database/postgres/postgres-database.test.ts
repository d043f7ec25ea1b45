// What is specific to PostgreSQL: several nodes, lost connections, and characters that it cannot store.
import { type Postgres, startPostgres } from '@sillage/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRowChange } from '../database.ts';
import { PostgresDatabase } from './postgres-database.ts';

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const insert = (database: PostgresDatabase, hash: string, claims = '{}') =>
  database.query
    .insertInto('tickets')
    .values({ ticket_hash: hash, user_id: 'ada', claims, created_at: 1, bound_to: null, stream_id: null })
    .compile();
const rename = (database: PostgresDatabase, hash: string, user: string) =>
  database.query.updateTable('tickets').set({ user_id: user }).where('ticket_hash', '=', hash).compile();

test('nodes that start at the same time migrate once and share the tables', async () => {
  const url = await postgres.createDatabase();

  const nodes = await Promise.all(Array.from({ length: 4 }, () => PostgresDatabase.open(url, { readers: 1 })));

  const [first, , , last] = nodes;
  expect(await first?.write([insert(first, 'a')])).toBe(true);
  expect(await last?.query.selectFrom('tickets').selectAll().execute()).toHaveLength(1);
  await Promise.all(nodes.map((node) => node.close()));
});

test('two nodes in a deadlock both write after a retry', async () => {
  const url = await postgres.createDatabase();
  const [ada, bob, gate] = [await PostgresDatabase.open(url), await PostgresDatabase.open(url), new Client(url)];
  await ada.write([insert(ada, 'a'), insert(ada, 'b')]);
  await gate.connect();
  await gate.query('select pg_advisory_lock(1)');
  const pass = { sql: 'select pg_advisory_xact_lock_shared(1)', parameters: [] };
  const cross = (node: PostgresDatabase, [first, second]: [string, string]) =>
    node.write([rename(node, first, 'x'), pass, expectRowChange(rename(node, second, `${first} before ${second}`))]);

  const writes = [cross(ada, ['a', 'b']), cross(bob, ['b', 'a'])]; // each has locked one row and waits at the gate
  await expect.poll(() => waitingAt(gate)).toBe(2);
  await gate.query('select pg_advisory_unlock(1)');

  expect(await Promise.all(writes)).toEqual([true, true]);
  await Promise.all([ada.close(), bob.close(), gate.end()]);
});

async function waitingAt(client: Client): Promise<number> {
  const { rows } = await client.query('select count(*)::int as count from pg_locks where not granted');
  return rows[0]?.count;
}

test('reads and writes reject with StreamError storage while the database is unreachable, and work afterwards', async () => {
  const database = await PostgresDatabase.open(await postgres.createDatabase(), { connectMs: 2_000 });
  await database.write([insert(database, 'a')]);
  await postgres.kill();
  const failure = { name: 'StreamError', code: 'storage' };

  await expect(database.write([insert(database, 'b')])).rejects.toMatchObject(failure);
  await expect(database.write([insert(database, 'b'), insert(database, 'c')])).rejects.toMatchObject(failure);
  await expect(database.query.selectFrom('tickets').selectAll().execute()).rejects.toMatchObject(failure);

  await postgres.restart();
  expect(await database.write([insert(database, 'd')])).toBe(true);
  const rows = await database.query.selectFrom('tickets').select('ticket_hash').orderBy('ticket_hash').execute();
  expect(rows.map((row) => row.ticket_hash)).toEqual(['a', 'd']);
  await database.close();
});

test('a transaction that loses its connection rejects with StreamError storage and is rolled back', async () => {
  const database = await PostgresDatabase.open(await postgres.createDatabase());
  const ends = { sql: 'select pg_terminate_backend(pg_backend_pid())', parameters: [] };

  const lost = database.write([insert(database, 'a'), ends, insert(database, 'b')]);

  await expect(lost).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
  expect(await database.write([insert(database, 'c')])).toBe(true);
  expect(await database.query.selectFrom('tickets').select('ticket_hash').execute()).toEqual([{ ticket_hash: 'c' }]);
  await database.close();
});

test('opening an unreachable database fails', async () => {
  const url = `${postgres.url}_of_nobody`;

  await expect(PostgresDatabase.open(url)).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
});

test('opening a database that is not in UTF-8 fails with a message that says what to do', async () => {
  const client = new Client(postgres.url);
  await client.connect();
  await client.query(`create database bytes template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'`);
  await client.end();

  const opening = PostgresDatabase.open(postgres.url.replace(/postgres$/, 'bytes'));

  await expect(opening).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('encoding UTF8') });
});

test('U+0000, which PostgreSQL cannot store, is replaced with U+FFFD', async () => {
  const database = await PostgresDatabase.open(await postgres.createDatabase());

  await database.write([insert(database, 'a', 'one\0two')]);

  const rows = await database.query.selectFrom('tickets').select('claims').where('claims', '=', 'one\0two').execute();
  expect(rows).toEqual([{ claims: 'one\uFFFDtwo' }]);
  await database.close();
});
