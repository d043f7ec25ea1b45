// Full text search by SQLite's FTS5: a contentless index that triggers keep, in the transaction of whatever changes a text.
// Each entry carries its owner as a word, so that a search walks no other user's texts. https://sqlite.org/fts5.html
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../database/database.ts';
import type { ConversationSearch } from './conversation-search.ts';

/** Searches the embedded database. */
export class SqliteSearch implements ConversationSearch {
  /** Makes the index where there is none yet, and fills it: no other database has one.
   *  @throws what the database throws. */
  static async open(database: Database): Promise<SqliteSearch> {
    const [found] = await database.query
      .selectFrom(sql<{ name: string }>`sqlite_schema`.as('schema'))
      .select('name')
      .where('name', '=', 'search_index')
      .execute();
    if (found === undefined) await database.write(creation.map((text) => ({ sql: text, parameters: [] })));
    return new SqliteSearch();
  }

  holding(userId: string, search: string): RawBuilder<SqlBool> | undefined {
    const words = matchOf(search);
    if (words === undefined) return undefined;
    const match = `owner:"${Buffer.from(userId).toString('hex')}" AND words:(${words})`;
    return sql`session_id in (select entry.session_id from search_index
      join search_entries entry on entry.entry_id = search_index.rowid
      where search_index match ${match} and entry.user_id = ${userId})`;
  }
}

/** Writes what a person typed in FTS5's language: each word a string, so that nothing of it is syntax. */
function matchOf(search: string): string | undefined {
  const words = search
    .toWellFormed()
    .split(/[\s\p{Cc}]+/u)
    .filter((word) => /[\p{L}\p{N}\p{Co}\p{So}\p{Sk}]/u.test(word))
    .map((word) => `"${word.replaceAll('"', '""')}"`);
  return words.length === 0 ? undefined : `${words.join(' AND ')} *`;
}

const add = (row: string, messageId: string, words: string) => `
  insert into search_entries (user_id, session_id, message_id) values (${row}.user_id, ${row}.session_id, ${messageId});
  insert into search_index (rowid, owner, words)
    select entry_id, hex(user_id), ${words} from search_entries
    where user_id = ${row}.user_id and session_id = ${row}.session_id and message_id = ${messageId};`;

const remove = (row: string, messageId: string, words: string) => `
  insert into search_index (search_index, rowid, owner, words)
    select 'delete', entry_id, hex(user_id), ${words} from search_entries
    where user_id = ${row}.user_id and session_id = ${row}.session_id and message_id = ${messageId};
  delete from search_entries
    where user_id = ${row}.user_id and session_id = ${row}.session_id and message_id = ${messageId};`;

const trigger = (name: string, event: string, when: string, body: string) =>
  `create trigger search_${name} after ${event} when ${when} begin ${body} end`;

/** A title's entry has no message. The deleted words really leave the index: `secure-delete`. */
const creation = [
  `create table search_entries (entry_id integer primary key, user_id text not null, session_id text not null,
    message_id text not null, unique (user_id, session_id, message_id))`,
  `create virtual table search_index using fts5(owner, words, content='', detail=full,
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co So Sk'")`,
  `insert into search_index (search_index, rank) values ('secure-delete', 1)`,
  trigger('added', 'insert on messages', `new.content <> ''`, add('new', 'new.message_id', 'new.content')),
  trigger('filled', 'update of content on messages', `old.content <> new.content`, changed('message_id', 'content')),
  trigger('removed', 'delete on messages', 'true', remove('old', 'old.message_id', 'old.content')),
  trigger('named', 'insert on conversations', `new.title <> ''`, add('new', `''`, 'new.title')),
  trigger('renamed', 'update of title on conversations', `old.title <> new.title`, changed(`''`, 'title')),
  trigger('unnamed', 'delete on conversations', 'true', remove('old', `''`, 'old.title')),
  `insert into search_entries (user_id, session_id, message_id)
    select user_id, session_id, message_id from messages where content <> ''
    union all select user_id, session_id, '' from conversations where title <> ''`,
  `insert into search_index (rowid, owner, words) select entry_id, hex(entry.user_id), content
    from search_entries entry join messages on messages.message_id = entry.message_id`,
  `insert into search_index (rowid, owner, words) select entry_id, hex(entry.user_id), title
    from search_entries entry join conversations on entry.message_id = '' and
      conversations.user_id = entry.user_id and conversations.session_id = entry.session_id`,
];

function changed(messageId: string, column: string): string {
  const idOf = (row: string) => (messageId === `''` ? messageId : `${row}.${messageId}`);
  return remove('old', idOf('old'), `old.${column}`) + add('new', idOf('new'), `new.${column}`);
}
