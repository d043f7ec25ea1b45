// Stored conversations and the feed of their changes.
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DATABASE } from '../database/database.ts';
import type { PostgresDatabase } from '../database/postgres/postgres-database.ts';
import type { SqliteDatabase } from '../database/sqlite/sqlite-database.ts';
import { ConversationService } from './conversation.service.ts';
import { ConversationChanges } from './conversation-changes.ts';
import { ConversationDownloads, DOWNLOAD_OPTIONS, type DownloadOptions } from './conversation-downloads.ts';
import { ConversationList } from './conversation-list.ts';
import { ConversationScopes } from './conversation-scopes.ts';
import { ConversationsController } from './conversations.controller.ts';
import { FEED_HINTS } from './feed-hints.ts';
import { Feeds } from './feeds.ts';
import { RedisFeedHints } from './redis-feed-hints.ts';
import { CONVERSATION_SEARCH } from './search/conversation-search.ts';
import { PostgresSearch } from './search/postgres-search.ts';
import { SqliteSearch } from './search/sqlite-search.ts';

@Module({})
export class ConversationsModule {
  /** `isShared`: whether the database is PostgreSQL, and other nodes change conversations as well. */
  static forRoot({ isShared, slowReaderMs }: { isShared: boolean } & DownloadOptions): DynamicModule {
    return {
      module: ConversationsModule,
      controllers: [ConversationsController],
      providers: [
        { provide: DOWNLOAD_OPTIONS, useValue: { slowReaderMs } },
        ConversationDownloads,
        ConversationService,
        ConversationChanges,
        ConversationList,
        ConversationScopes,
        Feeds,
        ...(isShared ? shared : embedded),
      ],
      exports: [
        ConversationService,
        ConversationChanges,
        ConversationList,
        ConversationScopes,
        Feeds,
        CONVERSATION_SEARCH,
      ],
    };
  }
}

const embedded: Provider[] = [
  {
    provide: CONVERSATION_SEARCH,
    inject: [DATABASE],
    useFactory: (database: SqliteDatabase) => SqliteSearch.open(database),
  },
];

const shared: Provider[] = [
  {
    provide: CONVERSATION_SEARCH,
    inject: [DATABASE],
    useFactory: (database: PostgresDatabase) => PostgresSearch.open(database),
  },
  { provide: FEED_HINTS, useClass: RedisFeedHints },
];
