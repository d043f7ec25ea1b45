// The routes that read and change stored conversations (docs/protocol.md §2.3). The routes that delete them are in
// `ai-chat/`, because a deletion stops an active reply.
import { Body, Controller, Get, Inject, Param, Patch, Query, Res, UseFilters, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { JwtGuard } from '../../auth/jwt.guard.ts';
import type { User } from '../../auth/user.ts';
import { JsonBodyGuard } from '../../http/json-body.guard.ts';
import { ErrorResponseFilter } from '../../platform/error-response.filter.ts';
import { closeSignal, sendJson } from '../../platform/send.ts';
import { ConversationChanges } from '../conversation-changes.ts';
import { ConversationList } from '../list/conversation-list.ts';
import { ConversationDownloads } from '../reading/conversation-downloads.ts';
import { SETTING_LIMITS, type SettingLimits } from '../session-settings.ts';
import { SessionGuard } from './session.guard.ts';
import { sessionsRequest } from './sessions-request.dto.ts';

@Controller('sessions')
@UseGuards(JwtGuard, SessionGuard)
@UseFilters(ErrorResponseFilter)
export class ConversationsController {
  constructor(
    private readonly downloads: ConversationDownloads,
    private readonly changes: ConversationChanges,
    private readonly lists: ConversationList,
    @Inject(SETTING_LIMITS) private readonly settingLimits: SettingLimits,
  ) {}

  /** Returns a page of this user's conversations, pinned ones first, then most recently changed first. */
  @Get()
  async list(@CurrentUser() user: User, @Query() query: unknown, @Res() response: unknown): Promise<void> {
    const signal = closeSignal(response);
    const page = this.lists.read(user.id, { ...sessionsRequest.list(query), visibleTo: user }, signal);
    await sendJson(response, page, { signal });
  }

  /** Writes one conversation with a page of its messages. */
  @Get(':sessionId')
  async find(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Query() query: unknown,
    @Res() response: unknown,
  ): Promise<void> {
    await this.downloads.writePage({ userId: user.id, sessionId }, sessionsRequest.page(query), response);
  }

  /** Writes a conversation as a file. */
  @Get(':sessionId/export')
  async exportOne(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Query() query: unknown,
    @Res() response: unknown,
  ): Promise<void> {
    const { format } = sessionsRequest.exported(query);
    await this.downloads.writeExport({ userId: user.id, sessionId }, format, response);
  }

  /** Changes the title, the branch shown, the pin or the settings of a conversation. */
  @Patch(':sessionId')
  @UseGuards(JsonBodyGuard)
  async change(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Body() body: unknown,
    @Res() response: unknown,
  ): Promise<void> {
    const change = sessionsRequest.change(body, this.settingLimits);
    await sendJson(response, this.changes.change({ userId: user.id, sessionId }, change));
  }
}
