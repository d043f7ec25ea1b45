// Full-text search with SQLite's FTS5, in the index of `database/sqlite/search-index.ts`. https://sqlite.org/fts5.html
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { isMessageErased } from '../../database/erasures.ts';
import { hasWord, ownedWords } from '../../database/sqlite/owned-words.ts';
import { createSearchIndex } from '../../database/sqlite/search-index.ts';
import type { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import type { ConversationSearch } from './conversation-search.ts';

/** Searches a SQLite database. */
export class SqliteSearch implements ConversationSearch {
  readonly #database: SqliteDatabase;
  /** Remaining calls of `merge`; 0 if no merge is in progress. */
  #mergesLeft = 0;

  private constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /** Opens the search. Creates its index if it does not exist, and fills it if that is not finished.
   *  @throws the database's error. */
  static async open(database: SqliteDatabase): Promise<SqliteSearch> {
    await createSearchIndex(database);
    return new SqliteSearch(database);
  }

  holding(userId: string, search: string): RawBuilder<SqlBool> | undefined {
    const match = matchOf(userId, search);
    if (match === undefined) return undefined;
    return sql`session_id in (select entry.session_id from search_index
      join search_entries entry on entry.entry_id = search_index.rowid
      where search_index match ${match} and entry.user_id = ${userId}
        and not exists (select 1 from messages where messages.message_id = entry.message_id and ${isMessageErased}))`;
  }

  newestMessages(userId: string, search: string, sessionIds: readonly string[]) {
    const match = matchOf(userId, search);
    if (match === undefined) return undefined;
    return sql<{ session_id: string; message_id: string }>`
      select entry.session_id, max(entry.message_id) as message_id from search_index
      join search_entries entry on entry.entry_id = search_index.rowid
      where search_index match ${match} and entry.user_id = ${userId} and entry.message_id <> ''
        and entry.session_id in (${sql.join(sessionIds)})
        and not exists (select 1 from messages where messages.message_id = entry.message_id and ${isMessageErased})
      group by entry.session_id`;
  }

  async dropDeletedWords(): Promise<boolean> {
    const isFirst = this.#mergesLeft === 0;
    if (isFirst) this.#mergesLeft = 2 + this.#count('count(*) as count from search_index_idx'); // at most one per term
    const pages = isFirst ? -pagesPerMerge : pagesPerMerge; // a negative number merges all segments into one
    const before = this.#changes;
    await this.#database.write([
      { sql: `insert into search_index (search_index, rank) values ('merge', ?)`, parameters: [pages] },
    ]);
    const isMerged = this.#changes - before < 2; // https://sqlite.org/fts5.html#the_merge_command
    this.#mergesLeft = isMerged ? 0 : this.#mergesLeft - 1;
    return this.#mergesLeft > 0;
  }

  get #changes(): number {
    return this.#count('total_changes() as count');
  }

  #count(what: string): number {
    return Number(this.#database.all(`select ${what}`)[0]?.count);
  }
}

/** Builds an FTS5 query from search text. Each word is a quoted string, so that the text cannot contain syntax. */
function matchOf(userId: string, search: string): string | undefined {
  const words = search
    .toWellFormed()
    .split(/[\s\p{Cc}]+/u)
    .filter(hasWord)
    .map((word) => `"${ownedWords(userId, word).replaceAll('"', '""')}"`);
  return words.length === 0 ? undefined : `${words.join(' AND ')} *`;
}

/** Number of 4 kB pages that one step of a merge writes. */
const pagesPerMerge = 16;
