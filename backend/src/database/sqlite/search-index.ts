// The full-text index of the embedded database, with FTS5: a contentless index that triggers update in the transaction that
// changes a text. Each word is prefixed with a short hash of its owner, so that a search reads no other user's words.
// https://sqlite.org/fts5.html
import { setImmediate } from 'node:timers/promises';
import type { Statement } from '../database.ts';
import { wordCategories } from './owned-words.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** Creates the index if it does not exist or has an earlier format, and fills it in bounded steps. The triggers are
 *  created last, so that an interrupted fill continues at the next start. Not a migration, because a migration is one
 *  transaction, and only adds.
 *  @throws the database's error. */
export async function createSearchIndex(database: SqliteDatabase): Promise<void> {
  const has = (what: string) => database.all(`select 1 from sqlite_schema where ${what}`).length > 0;
  const isCurrent = has(`name = 'search_index' and sql like '%fts5(words, %'`);
  if (!isCurrent) await database.write(creation.map(statement));
  if (has(`name = 'search_added'`)) return;
  while (await fillSome(database)) await setImmediate();
  await database.write(triggers.map(statement));
}

/** Indexes the next entries that are missing from the index; returns `false` if there are none. */
async function fillSome(database: SqliteDatabase): Promise<boolean> {
  const missing = database.all(
    `select entry_id from search_entries where entry_id > (select coalesce(max(id), 0) from search_index_docsize)
      order by entry_id limit 8`,
  );
  const ids = missing.map((row) => Number(row.entry_id));
  await database.write(ids.map((id) => ({ sql: fill, parameters: [id] })));
  return ids.length > 0;
}

const statement = (sql: string): Statement => ({ sql, parameters: [] });

/** Statement that indexes one entry: a message, or a title, whose entry has no message. */
const fill = `insert into search_index (rowid, words)
  select entry_id, owned_words(entry.user_id, coalesce(content, title, '')) from search_entries entry
    left join messages on messages.message_id = entry.message_id
    left join conversations on entry.message_id = '' and
      conversations.user_id = entry.user_id and conversations.session_id = entry.session_id
  where entry_id = ?`;

const entryOf = (row: string, messageId: string) =>
  `user_id = ${row}.user_id and session_id = ${row}.session_id and message_id = ${messageId}`;

const add = (row: string, messageId: string, words: string) => `
  insert into search_entries (user_id, session_id, message_id) values (${row}.user_id, ${row}.session_id, ${messageId});
  insert into search_index (rowid, words)
    select entry_id, owned_words(user_id, ${words}) from search_entries where ${entryOf(row, messageId)};`;

const remove = (row: string, messageId: string) => `
  delete from search_index where rowid in (select entry_id from search_entries where ${entryOf(row, messageId)});
  delete from search_entries where ${entryOf(row, messageId)};`;

const change = (messageId: string, column: string) => {
  const idOf = (row: string) => (messageId === `''` ? messageId : `${row}.${messageId}`);
  return remove('old', idOf('old')) + add('new', idOf('new'), `new.${column}`);
};

/** Statements that create the index. The words of an entry are deleted by its rowid alone: searches no longer find
 *  them, but they stay in the file until segments are merged. Only `SqliteSearch.dropDeletedWords` merges segments for
 *  this purpose (`deletemerge`). */
const creation = [
  ...['added', 'filled', 'removed', 'named', 'renamed', 'unnamed'].map(
    (name) => `drop trigger if exists search_${name}`,
  ),
  `drop table if exists search_index`,
  `create table if not exists search_entries (entry_id integer primary key, user_id text not null,
    session_id text not null, message_id text not null, unique (user_id, session_id, message_id))`,
  `create virtual table search_index using fts5(words, content='', contentless_delete=1, detail=full,
    tokenize="unicode61 remove_diacritics 2 categories '${wordCategories}'")`,
  `insert into search_index (search_index, rank) values ('deletemerge', 0)`,
  `insert into search_entries (user_id, session_id, message_id)
    select user_id, session_id, message_id from messages where content <> ''
    union all select user_id, session_id, '' from conversations where title <> ''
    on conflict do nothing`,
];

const trigger = (name: string, event: string, when: string, body: string) =>
  `create trigger search_${name} after ${event} when ${when} begin ${body} end`;

const triggers = [
  trigger('added', 'insert on messages', `new.content <> ''`, add('new', 'new.message_id', 'new.content')),
  trigger('filled', 'update of content on messages', `old.content <> new.content`, change('message_id', 'content')),
  trigger('removed', 'delete on messages', 'true', remove('old', 'old.message_id')),
  trigger('named', 'insert on conversations', `new.title <> ''`, add('new', `''`, 'new.title')),
  trigger('renamed', 'update of title on conversations', `old.title <> new.title`, change(`''`, 'title')),
  trigger('unnamed', 'delete on conversations', 'true', remove('old', `''`)),
];
