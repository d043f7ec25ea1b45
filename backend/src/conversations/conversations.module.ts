// Stored threads and messages.
import { Module } from '@nestjs/common';
import { ConversationService } from './conversation.service.ts';
import { ConversationsController } from './conversations.controller.ts';

@Module({
  controllers: [ConversationsController],
  providers: [ConversationService],
  exports: [ConversationService],
})
export class ConversationsModule {}
