// The place of each search hit: the newest matching message of a conversation, and an excerpt of it.
import { setImmediate } from 'node:timers/promises';
import type { SearchMatch } from '@sillage/protocol';
import type { Database } from '../../database/database.ts';
import type { ConversationSearch } from './conversation-search.ts';
import { excerptOf } from './excerpt.ts';

/** The hits of a search. */
interface Wanted {
  readonly search: string;
  readonly sessionIds: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Finds the places of a search's hits. */
export class SearchMatches {
  readonly #database: Database;
  readonly #search: ConversationSearch;

  constructor(database: Database, search: ConversationSearch) {
    this.#database = database;
    this.#search = search;
  }

  /** Returns the matches by session id; a conversation whose title alone matches has none. Texts are read one by one,
   *  and only their first part, which is the one that is indexed.
   *  @throws the reason of the signal. */
  async find(userId: string, { search, sessionIds, signal }: Wanted): Promise<ReadonlyMap<string, SearchMatch>> {
    const matches = new Map<string, SearchMatch>();
    const newest = sessionIds.length === 0 ? undefined : this.#search.newestMessages(userId, search, sessionIds);
    if (newest) signal?.throwIfAborted();
    const { rows } = (await newest?.execute(this.#database.longQuery)) ?? { rows: [] };
    for (const { session_id, message_id } of rows) {
      signal?.throwIfAborted();
      const message = await this.#database.query
        .selectFrom('messages')
        .select(['client_id', 'content'])
        .where('message_id', '=', message_id)
        .executeTakeFirst();
      const excerpt = message && excerptOf(message.content, search);
      if (excerpt) matches.set(session_id, { messageId: message.client_id ?? message_id, ...excerpt });
      await setImmediate();
    }
    return matches;
  }
}
