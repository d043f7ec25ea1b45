// The routes that start, read and stop streams (docs/protocol.md §2). Translates HTTP and delegates.
import {
  Body,
  Controller,
  Get,
  Headers,
  type MessageEvent,
  Param,
  Post,
  Query,
  Req,
  Res,
  Sse,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { CurrentTicket, JwtGuard, TakesTicket } from '../../auth/jwt.guard.ts';
import type { Ticket } from '../../auth/tickets/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { JsonBodyGuard } from '../../http/json-body.guard.ts';
import { ErrorResponseFilter } from '../../platform/error-response.filter.ts';
import { sendJson } from '../../platform/send.ts';
import { eventIdIn } from '../sse/position.ts';
import { SseChatService } from '../sse/sse-chat.service.ts';
import { StreamResponder } from '../sse/stream-responder.ts';
import { type ChatRequestDto, ChatRequestPipe } from '../starting/chat-request.dto.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import { TimelineService } from '../timeline/timeline.service.ts';
import { IdempotencyKey } from './idempotency-key.decorator.ts';
import { PublicConfigService } from './public-config.service.ts';
import { ReadErrorFilter } from './read-error.filter.ts';
import { ReaderGuard } from './reader.guard.ts';
import { SseChatGuard } from './sse-chat.guard.ts';

@Controller()
@UseGuards(JwtGuard)
@UseFilters(ErrorResponseFilter)
export class AiChatController {
  constructor(
    private readonly userStreams: UserStreamsService,
    private readonly sseChats: SseChatService,
    private readonly responder: StreamResponder,
    private readonly config: PublicConfigService,
    private readonly timelines: TimelineService,
  ) {}

  /** Starts a stream and reads it. */
  @Post('stream')
  @UseGuards(ReaderGuard, JsonBodyGuard)
  async streamChat(
    @CurrentUser() user: User,
    @Body(ChatRequestPipe) chatRequest: ChatRequestDto,
    @Res() res: unknown,
    @IdempotencyKey() key?: string,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const resumed = eventIdIn(lastEventId)?.streamId;
    const streamId = await this.userStreams.start(user, chatRequest, { key, resumed });
    await this.responder.write(user, streamId, { lastEventId, after: undefined }, res);
  }

  /** Reads the stream that `SseChatGuard` has started or found, for `EventSource`: the chat request is in the query or in
   *  the body. */
  @Sse('stream-sse')
  @TakesTicket()
  @UseGuards(ReaderGuard, JsonBodyGuard, SseChatGuard)
  @UseFilters(ReadErrorFilter)
  streamChatSSE(@Req() request: object, @Res({ passthrough: true }) res: unknown): Observable<MessageEvent> {
    return this.sseChats.observe(request, res);
  }

  /** Starts a stream without reading it. */
  @Post('streams')
  @UseGuards(JsonBodyGuard)
  async startStream(
    @CurrentUser() user: User,
    @Body(ChatRequestPipe) chatRequest: ChatRequestDto,
    @Res() res: unknown,
    @IdempotencyKey() key?: string,
  ): Promise<void> {
    await sendJson(res, { streamId: await this.userStreams.start(user, chatRequest, { key }) }, { status: 201 });
  }

  /** Reads a stream, from `Last-Event-ID`, `?after=` or the start. */
  @Get('streams/:streamId')
  @TakesTicket()
  @UseGuards(ReaderGuard)
  @UseFilters(ReadErrorFilter)
  async readStream(
    @CurrentUser() user: User,
    @Param('streamId') streamId: string,
    @Res() res: unknown,
    @Query('after') after?: string,
    @CurrentTicket() ticket?: Ticket,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    await this.sseChats.bind(ticket, user, streamId, { lastEventId, after });
    await this.responder.write(user, streamId, { lastEventId, after }, res);
  }

  /** Returns when the text of a stream was read, stored and written to readers. */
  @Get('streams/:streamId/timeline')
  async readTimeline(
    @CurrentUser() user: User,
    @Param('streamId') streamId: string,
    @Res() res: unknown,
  ): Promise<void> {
    await sendJson(res, this.timelines.find(user, streamId));
  }

  /** Stops a stream; the response contains its end. */
  @Post('streams/:streamId/stop')
  async stopStream(@CurrentUser() user: User, @Param('streamId') streamId: string, @Res() res: unknown): Promise<void> {
    await sendJson(res, this.userStreams.stop(user, streamId));
  }

  /** Returns the public configuration for a page. */
  @Get('config')
  async readConfig(@Res() res: unknown): Promise<void> {
    await sendJson(res, this.config.response);
  }
}
