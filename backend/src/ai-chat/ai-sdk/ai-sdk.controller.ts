// The routes of the AI SDK's `useChat` (docs/ai-sdk.md): the conversation is the chat, and its reply under way is resumed and
// stopped by the chat's id.
import { Body, Controller, Get, Param, Post, Res, UseFilters, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { JwtGuard } from '../../auth/jwt.guard.ts';
import type { User } from '../../auth/user.ts';
import { SessionGuard } from '../../conversations/http/session.guard.ts';
import { JsonBodyGuard } from '../../http/json-body.guard.ts';
import { sendJson, sendNothing } from '../../platform/send.ts';
import { ReaderGuard } from '../http/reader.guard.ts';
import { BranchStarter } from '../shown-branches/branch-starter.ts';
import { ReplyResponder } from '../shown-branches/reply-responder.ts';
import type { EncodedRead, StreamMessage } from '../sse/encoders/stream-encoder.ts';
import { UiMessageEncoder } from '../sse/encoders/ui-message-encoder.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import { PlainErrorFilter } from './plain-error.filter.ts';
import { uiMessageRequest } from './ui-message-request.ts';

const inUiMessageStream = (read: EncodedRead, message: StreamMessage) => new UiMessageEncoder(read, message);

@Controller()
@UseGuards(JwtGuard, SessionGuard)
@UseFilters(PlainErrorFilter)
export class AiSdkController {
  constructor(
    private readonly userStreams: UserStreamsService,
    private readonly starter: BranchStarter,
    private readonly responder: ReplyResponder,
  ) {}

  /** Starts a reply, or finds the one that the same message started, and writes it from its start. */
  @Post()
  @UseGuards(ReaderGuard, JsonBodyGuard)
  async send(@CurrentUser() user: User, @Body() body: unknown, @Res() response: unknown): Promise<void> {
    const streamId = await this.starter.start(user, uiMessageRequest(body));
    await this.responder.write(user, streamId, response, inUiMessageStream);
  }

  /** Writes the reply under way from its start; `204` if there is none. */
  @Get(':sessionId/stream')
  @UseGuards(ReaderGuard)
  async resume(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Res() response: unknown,
  ): Promise<void> {
    const streamId = await this.userStreams.findActive(user, sessionId);
    if (streamId === undefined) await sendNothing(response);
    else await this.responder.write(user, streamId, response, inUiMessageStream);
  }

  /** Stops the reply under way; the response contains its end. `204` if there is none. */
  @Post(':sessionId/stop')
  async stop(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Res() response: unknown,
  ): Promise<void> {
    const streamId = await this.userStreams.findActive(user, sessionId, { afterStarts: true });
    if (streamId === undefined) await sendNothing(response);
    else await sendJson(response, this.userStreams.stop(user, streamId));
  }
}
