// The route that issues tickets.
import { Controller, Post, Res, UseFilters, UseGuards } from '@nestjs/common';
import { nodeResponseOf } from '../../platform/adapters.ts';
import { ErrorResponseFilter } from '../../platform/error-response.filter.ts';
import { sendJson } from '../../platform/send.ts';
import { authorizationOf } from '../authorization.ts';
import { CurrentUser } from '../current-user.decorator.ts';
import { JwtGuard } from '../jwt.guard.ts';
import type { User } from '../user.ts';
import { TicketService } from './ticket.service.ts';

@Controller()
@UseGuards(JwtGuard)
@UseFilters(ErrorResponseFilter)
export class TicketController {
  constructor(private readonly tickets: TicketService) {}

  /** Issues a ticket to the signed-in user (docs/protocol.md §6). */
  @Post('ticket')
  async issueTicket(@CurrentUser() user: User, @Res() response: unknown): Promise<void> {
    const token = authorizationOf(nodeResponseOf(response))?.token;
    await sendJson(response, this.tickets.issue(user, token), { status: 201 });
  }
}
