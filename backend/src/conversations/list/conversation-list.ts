// The list of a user's conversations, pinned ones first, then most recently changed first, optionally filtered by a search.
import { Inject, Injectable } from '@nestjs/common';
import type { SessionsResponse } from '@sillage/protocol';
import type { User } from '../../auth/user.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { isConversationErased } from '../../database/erasures.ts';
import { KeyedQueue } from '../../platform/keyed-queue.ts';
import { placeIn, tokenOf } from '../reading/page-token.ts';
import { visibleTo } from '../scopes/conversation-scopes.ts';
import { CONVERSATION_SEARCH, type ConversationSearch } from '../search/conversation-search.ts';
import { SearchMatches } from '../search/search-matches.ts';
import { summaryColumns, summaryOf } from './session-summary.ts';

/** The requested page and its filters. */
export interface ListQuery {
  readonly before?: string | undefined;
  readonly limit: number;
  /** Words to search for; blank: no search. */
  readonly search?: string | undefined;
  /** The user whose token limits the visible conversations. */
  readonly visibleTo?: User;
}

@Injectable()
export class ConversationList {
  private readonly matches: SearchMatches;
  /** Searches read everything they find, on few connections: each user has one at a time. */
  private readonly searches = new KeyedQueue();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONVERSATION_SEARCH) private readonly search: ConversationSearch,
  ) {
    this.matches = new SearchMatches(database, search);
  }

  /** Reads a page of this user's conversations. A search whose `signal` is aborted ends before its next query.
   *  @throws {StreamError} `bad-request` for an invalid `before`; the reason of the signal. */
  read(userId: string, requested: ListQuery, signal?: AbortSignal): Promise<SessionsResponse> {
    const read = () => this.readPage(userId, requested, signal);
    return isSearch(requested) ? this.searches.run(userId, read, signal) : read();
  }

  private async readPage(userId: string, requested: ListQuery, signal?: AbortSignal): Promise<SessionsResponse> {
    const query = this.queryOf(userId, requested);
    const rows = (await query?.execute()) ?? [];
    const page = rows.slice(0, requested.limit);
    const last = page.at(-1);
    const { search = '' } = requested;
    const ids = isSearch(requested) ? page.map((row) => row.session_id) : [];
    const matches = await this.matches.find(userId, { search, sessionIds: ids, signal });
    return {
      sessions: page.map((row) => {
        const match = matches.get(row.session_id);
        return { ...summaryOf(row), ...(match && { match }) };
      }),
      ...(rows.length > page.length &&
        last && { next: tokenOf([Number(last.updated_at), last.session_id, last.pinned]) }),
    };
  }

  /** Builds the query of a page with one extra row; `undefined` if nothing can match. */
  queryOf(userId: string, requested: ListQuery) {
    const { before, limit, search = '', visibleTo: reader } = requested;
    let query = (isSearch(requested) ? this.database.longQuery : this.database.query)
      .selectFrom('conversations')
      .select(summaryColumns)
      .where('user_id', '=', userId)
      .where(({ not }) => not(isConversationErased))
      .orderBy('pinned', 'desc')
      .orderBy('updated_at', 'desc')
      .orderBy('session_id', 'desc')
      .limit(limit + 1);
    const place = placeIn(before);
    if (place !== undefined) {
      const [at, id, pinned = 0] = place;
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('pinned', 'updated_at', 'session_id'), '<', tuple(pinned, at, id)),
      );
    }
    const visible = reader && visibleTo(reader, 'conversations');
    if (visible !== undefined) query = query.where(visible);
    if (!isSearch(requested)) return query;
    const found = this.search.holding(userId, search);
    return found && query.where(found);
  }
}

function isSearch({ search = '' }: ListQuery): boolean {
  return search.trim() !== '';
}
