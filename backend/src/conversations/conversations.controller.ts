// The routes that read and change stored conversations (docs/protocol.md §2.3). The routes that delete them are in
// `ai-chat/`, because a deletion stops an active reply.
import { Body, Controller, Get, Header, Param, Patch, Query, Res, UseGuards } from '@nestjs/common';
import type { SessionSummary, SessionsAnswer } from '@sillage/protocol';
import type { Response } from 'express';
import { CurrentUser } from '../auth/current-user.decorator.ts';
import { JwtGuard } from '../auth/jwt.guard.ts';
import type { User } from '../auth/user.ts';
import { JsonBodyGuard } from '../http/json-body.guard.ts';
import { ConversationChanges } from './conversation-changes.ts';
import { ConversationDownloads } from './conversation-downloads.ts';
import { ConversationList } from './conversation-list.ts';
import { SessionGuard } from './session.guard.ts';
import { sessionsRequest } from './sessions-request.dto.ts';

@Controller('api/ai-chat/sessions')
@UseGuards(JwtGuard, SessionGuard)
export class ConversationsController {
  constructor(
    private readonly downloads: ConversationDownloads,
    private readonly changes: ConversationChanges,
    private readonly lists: ConversationList,
  ) {}

  /** Returns a page of this user's conversations, most recently changed first. */
  @Get()
  @Header('Cache-Control', 'no-store')
  list(@CurrentUser() user: User, @Query() query: unknown): Promise<SessionsAnswer> {
    return this.lists.read(user.id, { ...sessionsRequest.list(query), visibleTo: user });
  }

  /** Writes one conversation with a page of its messages. */
  @Get(':sessionId')
  @Header('Cache-Control', 'no-store')
  async find(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Query() query: unknown,
    @Res() response: Response,
  ): Promise<void> {
    await this.downloads.writePage({ userId: user.id, sessionId }, sessionsRequest.page(query), response);
  }

  /** Writes a conversation as a file. */
  @Get(':sessionId/export')
  @Header('Cache-Control', 'no-store')
  async exportOne(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Query() query: unknown,
    @Res() response: Response,
  ): Promise<void> {
    const { format } = sessionsRequest.exported(query);
    await this.downloads.writeExport({ userId: user.id, sessionId }, format, response);
  }

  /** Renames a conversation, or sets the branch shown. */
  @Patch(':sessionId')
  @UseGuards(JsonBodyGuard)
  change(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Body() body: unknown,
  ): Promise<SessionSummary> {
    return this.changes.change({ userId: user.id, sessionId }, sessionsRequest.change(body));
  }
}
