// The port of full-text search, which each database implements in its own way.
import type { RawBuilder, SqlBool } from 'kysely';

/** Searches the titles and messages of conversations for words. */
export interface ConversationSearch {
  /** Builds the condition on `conversations` that one title or message contains all words of `search`, the last one as
   *  a prefix. Returns `undefined` if `search` contains no word, because nothing matches then. */
  holding(userId: string, search: string): RawBuilder<SqlBool> | undefined;
  /** Builds the query of the newest message with all words of `search` in each of these conversations of the user.
   *  Returns `undefined` if `search` contains no word. */
  newestMessages(
    userId: string,
    search: string,
    sessionIds: readonly string[],
  ): RawBuilder<{ session_id: string; message_id: string }> | undefined;
  /** Runs the next bounded step of removing the words of deleted texts from the stored index, and returns whether more
   *  steps remain. Searches do not find these words even before they are removed. */
  dropDeletedWords(): Promise<boolean>;
}

/** Injection token of the search. */
export const CONVERSATION_SEARCH = Symbol('ConversationSearch');
