// Nodes of two versions on one database: the earlier version is simulated by leaving out the last migration.
import { type Postgres, someOrAll, startPostgres } from '@sillage/testing';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRowChange } from '../database.ts';
import { onEachDatabase } from '../each-database.testing.ts';
import { openPool } from '../postgres/postgres-connections.ts';
import { PostgresDatabase } from '../postgres/postgres-database.ts';
import type { Schema } from '../schema.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';

const before: Record<string, Migration> = Object.fromEntries(Object.entries(migrations).slice(0, -1));
const later: Record<string, Migration> = {
  ...migrations,
  '2099-01-01-later': { up: (database) => database.schema.alterTable('tickets').addColumn('later', 'text').execute() },
};

const namesIn = async (query: Kysely<Schema>) => {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by timestamp`.execute(query);
  return rows.map(({ name }) => name);
};

onEachDatabase((open) => {
  test('an older version starts and works on the tables of a newer one without changing them', async () => {
    const database = await open();
    await migrate(database.query, later);

    await migrate(database.query);
    await migrate(database.query, before);

    expect((await namesIn(database.query)).sort()).toEqual(Object.keys(later).sort());
    const ticket = { ticket_hash: 'a', user_id: 'ada', claims: '{}', created_at: 1, bound_to: null, stream_id: null };
    await database.write([database.query.insertInto('tickets').values(ticket).compile()]);
    expect(await database.query.selectFrom('tickets').selectAll().execute()).toMatchObject([ticket]);
    await database.close();
  });

  test('a migration that fails rejects and is rolled back', async () => {
    const database = await open();
    const failing = { up: async () => Promise.reject(new Error('no')) };

    await expect(migrate(database.query, { ...migrations, '2099-01-01-failing': failing })).rejects.toThrow('no');

    expect(await namesIn(database.query)).toHaveLength(Object.keys(migrations).length);
    await database.close();
  });
});

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

test('a node of an older version works while one of a newer version migrates', async () => {
  const url = await postgres.createDatabase();
  const [old, young] = [await PostgresDatabase.open(url), await PostgresDatabase.open(url)];
  const insert = (hash: string) =>
    old.query
      .insertInto('tickets')
      .values({ ticket_hash: hash, user_id: 'ada', claims: '{}', created_at: 1, bound_to: null, stream_id: null })
      .compile();
  const read = () => old.query.selectFrom('tickets').selectAll().where('user_id', '=', 'ada').execute();
  let isMigrated = false;
  let served = 0;
  const serve = async () => {
    for (let i = 0; !isMigrated || i < 20; i++) {
      expect(await old.write([expectRowChange(insert(`${i}`)), insert(`${i} too`)])).toBe(true);
      expect(await read()).toHaveLength(2 * (i + 1));
      served++;
    }
  };

  const serving = serve();
  await migrate(young.query, later);
  isMigrated = true;
  await serving;

  expect(served).toBeGreaterThanOrEqual(20);
  await Promise.all([old.close(), young.close()]);
});

const names = Object.keys(migrations).sort();
const withMessages = someOrAll(names.slice(names.indexOf('2026-11-23-conversations'), -1));

test.each(withMessages)(
  'PostgreSQL tables of version %s are migrated with their messages, and that version goes on',
  async (last) => {
    const url = await postgres.createDatabase();
    const pool = openPool({ server: url, schema: 'public', maxConnections: 1, connectMs: 10_000 });
    const old = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
    const known = names.slice(0, names.indexOf(last) + 1);
    await migrate(old, Object.fromEntries(known.map((name) => [name, migrations[name] as Migration])));
    const add = (id: string) =>
      sql`insert into messages (message_id, user_id, session_id, role, content, created_at)
      values (${id}, 'ada', 's', 'user', '潮汐 🌊', 1)`.execute(old);
    await add('m1');

    const young = await PostgresDatabase.open(url);
    await add('m2');

    const rows = await young.query.selectFrom('messages').selectAll().orderBy('message_id').execute();
    const kept = { user_id: 'ada', content: '潮汐 🌊', client_id: null };
    expect(rows).toMatchObject([
      { message_id: 'm1', ...kept },
      { message_id: 'm2', ...kept },
    ]);
    await Promise.all([old.destroy(), young.close()]);
  },
);

test('nodes of two versions can start at the same time', async () => {
  const url = await postgres.createDatabase();
  const nodes = await Promise.all(Array.from({ length: 4 }, () => PostgresDatabase.open(url, { readers: 2 })));

  await Promise.all(nodes.map(({ query }, index) => migrate(query, index % 2 === 0 ? later : migrations)));

  expect((await namesIn((nodes[0] as PostgresDatabase).query)).at(-1)).toBe('2099-01-01-later');
  await Promise.all(nodes.map((node) => node.close()));
});
