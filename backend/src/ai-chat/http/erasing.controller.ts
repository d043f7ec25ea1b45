// The routes that delete conversations (docs/protocol.md §2.3).
import { Controller, Delete, HttpCode, Param, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../auth/current-user.decorator.ts';
import { JwtGuard } from '../../auth/jwt.guard.ts';
import type { User } from '../../auth/user.ts';
import { SessionGuard } from '../../conversations/session.guard.ts';
import { ErasingService } from '../generation/erasing.service.ts';

@Controller('api/ai-chat/sessions')
@UseGuards(JwtGuard, SessionGuard)
export class ErasingController {
  constructor(private readonly erasing: ErasingService) {}

  /** Deletes all data of this user. */
  @Delete()
  @HttpCode(204)
  eraseAll(@CurrentUser() user: User): Promise<void> {
    return this.erasing.eraseAll(user);
  }

  /** Deletes one conversation. */
  @Delete(':sessionId')
  @HttpCode(204)
  eraseOne(@CurrentUser() user: User, @Param('sessionId') sessionId: string): Promise<void> {
    return this.erasing.eraseOne(user, sessionId);
  }
}
