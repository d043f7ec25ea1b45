// The routes that delete conversations (docs/protocol.md §2.3).
import { Controller, Delete, Param, Res, UseFilters, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { JwtGuard } from '../../auth/jwt.guard.ts';
import type { User } from '../../auth/user.ts';
import { SessionGuard } from '../../conversations/http/session.guard.ts';
import { ErrorResponseFilter } from '../../platform/error-response.filter.ts';
import { sendNothing } from '../../platform/send.ts';
import { ErasingService } from '../erasing/erasing.service.ts';

@Controller('sessions')
@UseGuards(JwtGuard, SessionGuard)
@UseFilters(ErrorResponseFilter)
export class ErasingController {
  constructor(private readonly erasing: ErasingService) {}

  /** Deletes all data of this user. */
  @Delete()
  async eraseAll(@CurrentUser() user: User, @Res() response: unknown): Promise<void> {
    await sendNothing(response, this.erasing.eraseAll(user));
  }

  /** Deletes one conversation. */
  @Delete(':sessionId')
  async eraseOne(
    @CurrentUser() user: User,
    @Param('sessionId') sessionId: string,
    @Res() response: unknown,
  ): Promise<void> {
    await sendNothing(response, this.erasing.eraseOne(user, sessionId));
  }
}
