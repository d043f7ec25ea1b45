// Full-text search with PostgreSQL, in the index of `database/postgres/search-index.ts`.
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { isMessageErased } from '../../database/erasures.ts';
import type { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import { createSearchIndex } from '../../database/postgres/search-index.ts';
import type { ConversationSearch } from './conversation-search.ts';

/** Searches a PostgreSQL database. */
export class PostgresSearch implements ConversationSearch {
  /** Opens the search, and creates its index if it does not exist.
   *  @throws the database's error. */
  static async open(database: PostgresDatabase): Promise<PostgresSearch> {
    await createSearchIndex(database);
    return new PostgresSearch();
  }

  holding(userId: string, search: string): RawBuilder<SqlBool> | undefined {
    if (!hasWord.test(search)) return undefined;
    const words = sql`search_terms_query(${userId}::text, ${search}::text)`;
    return sql`session_id in (
      select session_id from messages where user_id = ${userId} and search_terms(user_id, content) @@ ${words}
        and not ${isMessageErased}
      union all
      select session_id from conversations where user_id = ${userId} and search_terms(user_id, title) @@ ${words})`;
  }

  newestMessages(userId: string, search: string, sessionIds: readonly string[]) {
    if (!hasWord.test(search)) return undefined;
    return sql<{ session_id: string; message_id: string }>`
      select session_id, max(message_id) as message_id from messages
      where user_id = ${userId} and session_id in (${sql.join(sessionIds)})
        and search_terms(user_id, content) @@ search_terms_query(${userId}::text, ${search}::text)
        and not ${isMessageErased}
      group by session_id`;
  }

  /** Does nothing: PostgreSQL's vacuum removes these words. */
  async dropDeletedWords(): Promise<boolean> {
    return false;
  }
}

const hasWord = /[\p{L}\p{N}\p{Co}\p{So}\p{Sk}]/u;
