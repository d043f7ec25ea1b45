// The port of full-text search, which each database implements in its own way.
import type { RawBuilder, SqlBool } from 'kysely';

/** Searches titles and messages for words. */
export interface ConversationSearch {
  /** Builds the condition on `conversations` that one title or message contains all words of `search`, the last one as a
   *  prefix; `undefined` if `search` has no word, as nothing matches then. */
  holding(userId: string, search: string): RawBuilder<SqlBool> | undefined;
  /** Does the next bounded step of dropping the words of deleted texts from what is stored; resolves with whether there is
   *  more to do. They are not found any more before that. */
  dropDeletedWords(): Promise<boolean>;
}

/** Injects the search. */
export const CONVERSATION_SEARCH = Symbol('ConversationSearch');
