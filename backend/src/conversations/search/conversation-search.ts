// The port to full text search: the one thing about conversations that each database does in its own way.
import type { RawBuilder, SqlBool } from 'kysely';

/** Finds words in titles and messages. */
export interface ConversationSearch {
  /** Builds the condition on `conversations` that all words of `search` stand in one title or message of it, the last one
   *  perhaps only begun; `undefined` when `search` holds no word, which nothing matches. */
  holding(userId: string, search: string): RawBuilder<SqlBool> | undefined;
  /** Does the next bounded step of dropping the words of deleted texts from what is stored; resolves with whether there is
   *  more to do. They are not found any more before that. */
  dropDeletedWords(): Promise<boolean>;
}

/** Injects the search. */
export const CONVERSATION_SEARCH = Symbol('ConversationSearch');
