// Stored threads and messages, and the feed of their changes.
import { Module } from '@nestjs/common';
import { DATABASE, type Database } from '../database/database.ts';
import { ConversationService } from './conversation.service.ts';
import { ConversationChanges } from './conversation-changes.ts';
import { ConversationList } from './conversation-list.ts';
import { ConversationsController } from './conversations.controller.ts';
import { Feeds } from './feeds.ts';
import { CONVERSATION_SEARCH } from './search/conversation-search.ts';
import { SqliteSearch } from './search/sqlite-search.ts';

@Module({
  controllers: [ConversationsController],
  providers: [
    ConversationService,
    ConversationChanges,
    ConversationList,
    Feeds,
    {
      provide: CONVERSATION_SEARCH,
      inject: [DATABASE],
      useFactory: (database: Database) => SqliteSearch.open(database),
    },
  ],
  exports: [ConversationService, ConversationChanges, Feeds],
})
export class ConversationsModule {}
