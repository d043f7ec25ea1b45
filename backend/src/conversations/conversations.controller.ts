// Reads stored conversations.
import { Controller, Get, Header, Param, UseGuards } from '@nestjs/common';
import { type SessionAnswer, StreamError } from '@sillage/protocol';
import { CurrentUser } from '../auth/current-user.decorator.ts';
import { JwtGuard } from '../auth/jwt.guard.ts';
import type { User } from '../auth/user.ts';
import { ConversationService } from './conversation.service.ts';

@Controller('api/ai-chat/sessions')
@UseGuards(JwtGuard)
export class ConversationsController {
  constructor(private readonly conversations: ConversationService) {}

  /** Answers the conversation that a `sessionId` of this user names. */
  @Get(':sessionId')
  @Header('Cache-Control', 'no-store')
  async find(@CurrentUser() user: User, @Param('sessionId') sessionId: string): Promise<SessionAnswer> {
    const found = await this.conversations.find({ userId: user.id, sessionId });
    if (found === undefined) throw new StreamError('not-found', 'There is no such conversation.');
    return found;
  }
}
