// How PostgreSQL goes about the list among many conversations: by indexes, and through no other user's texts.
import { type Postgres, startPostgres } from '@sillage/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import { ConversationList } from '../conversation-list.ts';
import { PostgresSearch } from './postgres-search.ts';

let postgres: Postgres;
let database: PostgresDatabase;
let list: ConversationList;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await PostgresDatabase.open(await postgres.createDatabase());
  list = new ConversationList(database, await PostgresSearch.open(database));
  const many = [
    `insert into conversations (user_id, session_id, title, created_at, updated_at)
      select 'user' || i % 20, 's' || i, 'title', i, i from generate_series(1, 4000) i`,
    `insert into messages (message_id, user_id, session_id, role, content, created_at)
      select 'm' || i, 'user' || i % 20, 's' || i, 'user', 'common number' || i, i from generate_series(1, 4000) i`,
  ];
  await database.write(many.map((text) => ({ sql: text, parameters: [] })));
  await sql`analyze`.execute(database.query);
}, 60_000);
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

async function planOf(search?: string): Promise<string> {
  const { next } = await list.read('user1', { limit: 2 });
  const plan = await list.queryOf('user1', { limit: 30, before: next, search })?.explain();
  return (plan ?? []).map((line) => Object.values(line)[0]).join('\n');
}

test('a page is the rows of an index, in its order', async () => {
  const plan = await planOf();

  expect(plan).toContain('Index Scan Backward using conversations_by_update');
  expect(plan).not.toMatch(/Seq Scan|Sort/);
});

test.each(['number', 'common num'])('a search for %j reads the word index, and no table whole', async (search) => {
  const plan = await planOf(search);

  expect(plan).toContain('messages_by_word');
  expect(plan).not.toContain('Seq Scan');
});

test('a search finds one’s own among all', async () => {
  const { sessions } = await list.read('user1', { limit: 100, search: 'number300' });

  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['s3001']);
  expect((await list.read('user1', { limit: 500, search: 'common' })).sessions).toHaveLength(200);
});

test('nodes that make the index at once all have it', async () => {
  const url = await postgres.createDatabase();
  const nodes = await Promise.all(Array.from({ length: 4 }, () => PostgresDatabase.open(url, { readers: 1 })));

  const opened = await Promise.allSettled(nodes.map((node) => PostgresSearch.open(node)));

  expect(opened.map(({ status }) => status)).toEqual(nodes.map(() => 'fulfilled'));
  await Promise.all(nodes.map((node) => node.close()));
});
