// The route of the feed, which reports changes in the user's conversations on all devices (docs/protocol.md §7).
import { Controller, Get, Headers, Res, UseFilters, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { CurrentTicket, JwtGuard, TakesTicket } from '../../auth/jwt.guard.ts';
import type { Ticket } from '../../auth/tickets/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { ErrorResponseFilter } from '../../platform/error-response.filter.ts';
import { FeedResponder } from '../sse/feed-responder.ts';
import { ReadErrorFilter } from './read-error.filter.ts';
import { ReaderGuard } from './reader.guard.ts';

@Controller('feed')
@UseGuards(JwtGuard)
@UseFilters(ErrorResponseFilter)
export class FeedController {
  constructor(private readonly responder: FeedResponder) {}

  /** Reads the feed after `Last-Event-ID`, or from now on. */
  @Get()
  @TakesTicket()
  @UseGuards(ReaderGuard)
  @UseFilters(ReadErrorFilter)
  async readFeed(
    @CurrentUser() user: User,
    @Res() response: unknown,
    @CurrentTicket() ticket?: Ticket,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    await this.responder.write(user, { lastEventId, ticket }, response);
  }
}
