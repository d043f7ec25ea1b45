// The route of a user's usage (docs/protocol.md §2.4).
import { Controller, Get, Res, UseFilters, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../auth/current-user.decorator.ts';
import { JwtGuard } from '../auth/jwt.guard.ts';
import type { User } from '../auth/user.ts';
import { ErrorResponseFilter } from '../platform/error-response.filter.ts';
import { sendJson } from '../platform/send.ts';
import { UsageService } from './usage.service.ts';

@Controller()
@UseGuards(JwtGuard)
@UseFilters(ErrorResponseFilter)
export class UsageController {
  constructor(private readonly usages: UsageService) {}

  /** Returns what the user has used, and the limits. */
  @Get('usage')
  async readUsage(@CurrentUser() user: User, @Res() res: unknown): Promise<void> {
    await sendJson(res, this.usages.of(user.id));
  }
}
