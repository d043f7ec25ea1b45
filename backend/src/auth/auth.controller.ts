// The route that issues tickets.
import { Controller, Header, Post, UseGuards } from '@nestjs/common';
import type { TicketAnswer } from '@sillage/protocol';
import { CurrentUser } from './current-user.decorator.ts';
import { JwtGuard } from './jwt.guard.ts';
import { TicketService } from './ticket.service.ts';
import type { User } from './user.ts';

@Controller('api/auth')
@UseGuards(JwtGuard)
export class AuthController {
  constructor(private readonly tickets: TicketService) {}

  /** Issues a ticket to the signed-in user (docs/protocol.md §6). */
  @Post('ticket')
  @Header('Cache-Control', 'no-store')
  issueTicket(@CurrentUser() user: User): Promise<TicketAnswer> {
    return this.tickets.issue(user);
  }
}
