// The guard of the routes of one conversation: `404` for a conversation that a narrowed token may not see.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { currentUserOf } from '../../auth/current-user.decorator.ts';
import type { PlatformRequest } from '../../platform/adapters.ts';
import { ConversationScopes } from '../scopes/conversation-scopes.ts';

/** Rejects requests for conversations that the token may not see. Runs after `JwtGuard`, and accepts routes without
 *  `:sessionId`. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly scopes: ConversationScopes) {}

  /** @throws {StreamError} `not-found`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<PlatformRequest>();
    const user = currentUserOf(request);
    const { sessionId } = request.params;
    if (user !== undefined && typeof sessionId === 'string') await this.scopes.check(user, sessionId);
    return true;
  }
}
