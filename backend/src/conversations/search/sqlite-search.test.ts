// The word index: it includes earlier texts, follows every change, and retains nothing of deleted texts.
import { removeFolder, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { partLength } from '../../database/text-parts.ts';
import { ConversationService } from '../conversation.service.ts';
import { SqliteSearch } from './sqlite-search.ts';

let folder: string;
let database: SqliteDatabase;
let conversations: ConversationService;

beforeEach(async () => {
  folder = tempFolder();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });
  conversations = new ConversationService(database);
});
afterEach(async () => {
  await database.close();
  removeFolder(folder);
});

const addExchange = (sessionId: string, content: string) =>
  database.write(
    conversations.addTurn(
      {
        userId: 'ada',
        sessionId,
        message: { id: `p-${sessionId}`, content, parentId: null },
        reply: { id: `r-${sessionId}`, parentId: `p-${sessionId}`, model: 'm', streamId: `S-${sessionId}` },
      },
      1,
    ),
  );

async function find(search: SqliteSearch, words: string): Promise<string[]> {
  const condition = search.holding('ada', words);
  if (condition === undefined) return [];
  const rows = await database.query.selectFrom('conversations').select('session_id').where(condition).execute();
  return rows.map((row) => row.session_id);
}

test('messages from before and after the creation of the index are found, also after it is opened again', async () => {
  await addExchange('old', 'ancient question');
  await SqliteSearch.open(database);
  await addExchange('new', 'recent question');

  const search = await SqliteSearch.open(database);

  expect(await find(search, 'ancient')).toEqual(['old']);
  expect(await find(search, 'recent')).toEqual(['new']);
  expect((await find(search, 'quest')).sort()).toEqual(['new', 'old']);
});

test('a reply is found by its last words', async () => {
  const search = await SqliteSearch.open(database);
  await addExchange('a', 'question');

  await database.write(
    conversations.endReply('S-a', { parts: ['forty-two'], end: { type: 'end', offset: 9, finishReason: 'stop' } }),
  );

  expect(await find(search, 'forty-two')).toEqual(['a']);
});

test('deleted text is not found, and none of its words is in the index after the merge', async () => {
  const search = await SqliteSearch.open(database);
  await addExchange('a', 'unforgettable');
  await addExchange('b', 'other');
  const raw = () =>
    Buffer.concat(database.all('select block from search_index_data').map((row) => row.block as Uint8Array));
  expect(raw().includes('unforgettable')).toBe(true);

  await database.write([
    database.query.deleteFrom('messages').where('session_id', '=', 'a').compile(),
    database.query.deleteFrom('conversations').where('session_id', '=', 'a').compile(),
  ]);

  expect(await find(search, 'unforgettable')).toEqual([]);

  while (await search.dropDeletedWords());

  expect(raw().includes('unforgettable')).toBe(false);
  expect(await find(search, 'other')).toEqual(['b']);
  expect(database.all('select session_id from search_entries').map((row) => row.session_id)).toEqual(['b', 'b']);
  expect(database.all(`insert into search_index (search_index) values ('integrity-check')`)).toEqual([]);
});

test('an index of an earlier version is rebuilt, also after an interrupted rebuild', async () => {
  for (let i = 0; i < 20; i++) await addExchange(`old-${i}`, `ancient question ${i}`);
  await database.write([
    {
      sql: `create table search_entries (entry_id integer primary key, user_id text not null, session_id text not null,
      message_id text not null, unique (user_id, session_id, message_id))`,
      parameters: [],
    },
    { sql: `create virtual table search_index using fts5(owner, words, content='')`, parameters: [] },
    { sql: `create trigger search_added after insert on messages begin select 1; end`, parameters: [] },
    {
      sql: `insert into search_entries (user_id, session_id, message_id) values ('ada', 'old-3', 'p-old-3')`,
      parameters: [],
    },
  ]);
  await SqliteSearch.open(database);
  // The state after a process was killed while it filled the index.
  const triggers = database.all(`select name from sqlite_schema where type = 'trigger'`);
  await database.write([
    { sql: 'delete from search_index where rowid > 9', parameters: [] },
    ...triggers.map(({ name }) => ({ sql: `drop trigger ${name}`, parameters: [] })),
  ]);

  expect(await find(await SqliteSearch.open(database), 'ancient')).toHaveLength(20);
});

test('a search for one letter reads no word of 100,000 messages of other users', async () => {
  const search = await SqliteSearch.open(database);
  await addExchange('own', 'all of it 全部');
  /** The shortest time of a search: other load of the machine only adds to it. */
  const leastMs = async () => {
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      const began = performance.now();
      expect(await find(search, 'a')).toEqual(['own']);
      times.push(performance.now() - began);
    }
    return Math.min(...times);
  };
  const alone = await leastMs();
  await database.write([
    {
      sql: `with recursive row (i) as (select 1 union all select i + 1 from row where i < 100000)
        insert into messages (message_id, user_id, session_id, role, content, created_at)
        select 'm' || i, 'user' || (i % 2000), 's' || i, 'user', 'a' || i || ' am' || i, i from row`,
      parameters: [],
    },
  ]);
  const among100000 = await leastMs();

  expect(among100000 / alone).toBeLessThan(5);
});

test('a query is split into words as the index splits texts, in any writing system', async () => {
  const search = await SqliteSearch.open(database);
  await addExchange('marks', 'हिन्दी ก็ no\u0332n');
  await addExchange('new', 'ab🫨cd');

  expect([await find(search, 'हिन्'), await find(search, 'ก็'), await find(search, '🫨')]).toEqual([
    ['marks'],
    ['marks'],
    [],
  ]);
  expect(await find(search, 'ab🫨')).toEqual(['new']);
});

test('only the first part of a text is indexed', async () => {
  const search = await SqliteSearch.open(database);
  await addExchange('long', `beginning ${'x '.repeat(partLength / 2)} ending`);

  expect([await find(search, 'beginning'), await find(search, 'ending')]).toEqual([['long'], []]);
});
