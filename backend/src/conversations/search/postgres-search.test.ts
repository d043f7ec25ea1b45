// The list of many conversations in PostgreSQL: its queries use indexes, and no search reads another user's texts.
import { type Postgres, startPostgres } from '@sillage/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrated } from '../../database/postgres/migrated.contract.ts';
import { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import { ConversationList } from '../list/conversation-list.ts';
import { PostgresSearch } from './postgres-search.ts';

let postgres: Postgres;
let database: PostgresDatabase;
let list: ConversationList;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await PostgresDatabase.open(await postgres.createDatabase(migrated));
  list = new ConversationList(database, await PostgresSearch.open(database));
  const many = [
    `insert into conversations (user_id, session_id, title, created_at, updated_at)
      select 'user' || i % 20, 's' || i, 'title', i, i from generate_series(1, 4000) i`,
    `insert into messages (message_id, user_id, session_id, role, content, created_at)
      select 'm' || i, 'user' || i % 20, 's' || i, 'user', 'common number' || i, i from generate_series(1, 4000) i`,
  ];
  await database.write(many.map((text) => ({ sql: text, parameters: [] })));
  await sql`analyze`.execute(database.query);
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

async function planOf(search?: string): Promise<string> {
  const { next } = await list.read('user1', { limit: 2 });
  const plan = await list.queryOf('user1', { limit: 30, before: next, search })?.explain();
  return (plan ?? []).map((line) => Object.values(line)[0]).join('\n');
}

test('a page is read from an index, in its order', async () => {
  const plan = await planOf();

  expect(plan).toContain('Index Scan Backward using conversations_by_pin');
  expect(plan).not.toMatch(/Seq Scan on (?!erasures)|Sort/); // `erasures` has rows only during a purge
});

test.each(['number', 'common num'])('a search for %j reads the word index and scans no table', async (search) => {
  const plan = await planOf(search);

  expect(plan).toContain('messages_by_term');
  expect(plan).not.toMatch(/Seq Scan on (?!erasures)/);
});

test('a search for one letter reads none of 100,000 words of other users', async () => {
  const crowded = await PostgresDatabase.open(await postgres.createDatabase(migrated), { queryTimeoutMs: 60_000 });
  const ownList = new ConversationList(crowded, await PostgresSearch.open(crowded));
  const messages = (first: number, last: number, user: string) => ({
    sql: `insert into messages (message_id, user_id, session_id, role, content, created_at)
      select 'm' || i, ${user}, 's' || i, 'user', 'a' || string_agg(i || '', ' a') || string_agg(' a' || i || 'x' || j, ''), i
      from generate_series(${first}, ${last}) i, generate_series(1, 40) j group by i`,
    parameters: [],
  });
  const conversation = `insert into conversations (user_id, session_id, title, created_at, updated_at)
    values ('ada', 's5001', 'mine', 1, 1)`;
  const short = {
    sql: `insert into messages (message_id, user_id, session_id, role, content, created_at)
      select 'o' || i, 'ada', 's5001', 'user', 'other' || i, i from generate_series(1, 2000) i`,
    parameters: [],
  };
  await crowded.write([messages(1, 2_500, `'user' || i`), messages(5_001, 5_001, `'ada'`), short]);
  await crowded.write([{ sql: conversation, parameters: [] }]);
  await sql`select gin_clean_pending_list('messages_by_term')`.execute(crowded.query);
  await sql`vacuum analyze messages`.execute(crowded.query);

  const query = ownList.queryOf('ada', { limit: 30, search: 'a' });
  const explained = await query?.explain('json', sql`analyze, buffers`);

  const [{ Plan: plan }] = Object.values(explained?.[0] ?? {})[0] as [{ Plan: Record<string, number> }];
  expect((await query?.execute())?.map((row) => row.session_id)).toEqual(['s5001']);
  expect((plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)).toBeLessThan(60);
  await crowded.close();
});

test('a search finds the user’s own conversation among all', async () => {
  const { sessions } = await list.read('user1', { limit: 100, search: 'number300' });

  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['s3001']);
  expect((await list.read('user1', { limit: 500, search: 'common' })).sessions).toHaveLength(200);
});

test('nodes that create the index at the same time all succeed', async () => {
  const url = await postgres.createDatabase(migrated);
  const nodes = await Promise.all(Array.from({ length: 4 }, () => PostgresDatabase.open(url, { readers: 1 })));

  const opened = await Promise.allSettled(nodes.map((node) => PostgresSearch.open(node)));

  expect(opened.map(({ status }) => status)).toEqual(nodes.map(() => 'fulfilled'));
  await Promise.all(nodes.map((node) => node.close()));
});
