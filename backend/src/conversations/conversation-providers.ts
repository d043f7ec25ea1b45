// The providers of stored conversations and of the feed of their changes.
import type { Provider } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.ts';
import type { PostgresDatabase } from '../database/postgres/postgres-database.ts';
import type { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import { REDIS_LINK } from '../redis/open-redis.ts';
import type { RedisLink } from '../redis/redis-link.ts';
import { ConversationService } from './conversation.service.ts';
import { ConversationChanges } from './conversation-changes.ts';
import { FEED_HINTS } from './feed/feed-hints.ts';
import { Feeds } from './feed/feeds.ts';
import { RedisFeedHints } from './feed/redis-feed-hints.ts';
import { ConversationList } from './list/conversation-list.ts';
import { Branches } from './reading/branches.ts';
import { ConversationDownloads } from './reading/conversation-downloads.ts';
import { ConversationScopes } from './scopes/conversation-scopes.ts';
import { CONVERSATION_SEARCH, type ConversationSearch } from './search/conversation-search.ts';
import { PostgresSearch } from './search/postgres-search.ts';
import { SqliteSearch } from './search/sqlite-search.ts';

/** Provides conversations; needs `DATABASE`, and `REDIS_LINK`, which is `undefined` in a single process. */
export const conversationProviders: Provider[] = [
  Branches,
  ConversationDownloads,
  ConversationService,
  ConversationChanges,
  ConversationList,
  ConversationScopes,
  Feeds,
  { provide: CONVERSATION_SEARCH, inject: [DATABASE, REDIS_LINK], useFactory: openSearch },
  {
    provide: FEED_HINTS,
    inject: [REDIS_LINK],
    useFactory: (link: RedisLink | undefined) => link && new RedisFeedHints(link),
  },
];

/** Nodes that share a Redis share a PostgreSQL as well. */
function openSearch(database: Database, link: RedisLink | undefined): Promise<ConversationSearch> {
  return link === undefined
    ? SqliteSearch.open(database as SqliteDatabase)
    : PostgresSearch.open(database as PostgresDatabase);
}
