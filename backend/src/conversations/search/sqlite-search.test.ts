// The word index: it takes in what was there before it, follows every change, and keeps nothing of what went.
import { removeFolder, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
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

const ask = (sessionId: string, content: string) =>
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

test('what was there before the index is found, and what comes after it, also when it is opened again', async () => {
  await ask('old', 'ancient question');
  await SqliteSearch.open(database);
  await ask('new', 'recent question');

  const search = await SqliteSearch.open(database);

  expect(await find(search, 'ancient')).toEqual(['old']);
  expect(await find(search, 'recent')).toEqual(['new']);
  expect((await find(search, 'quest')).sort()).toEqual(['new', 'old']);
});

test('a reply is found by what it says at its end', async () => {
  const search = await SqliteSearch.open(database);
  await ask('a', 'question');

  await database.write(
    conversations.endReply('S-a', { text: 'forty-two', end: { type: 'end', offset: 9, finishReason: 'stop' } }),
  );

  expect(await find(search, 'forty-two')).toEqual(['a']);
});

test('no word of what was deleted is left in the index', async () => {
  await SqliteSearch.open(database);
  await ask('a', 'unforgettable');
  await ask('b', 'other');
  const raw = () =>
    Buffer.concat(database.all('select block from search_index_data').map((row) => row.block as Uint8Array));
  expect(raw().includes('unforgettable')).toBe(true);

  await database.write([
    database.query.deleteFrom('messages').where('session_id', '=', 'a').compile(),
    database.query.deleteFrom('conversations').where('session_id', '=', 'a').compile(),
  ]);

  expect(raw().includes('unforgettable')).toBe(false);
  expect(database.all('select session_id from search_entries').map((row) => row.session_id)).toEqual(['b', 'b']);
  expect(database.all(`insert into search_index (search_index) values ('integrity-check')`)).toEqual([]);
});
