// Starts or finds the stream of `GET /stream-sse`. A guard, because it runs before every interceptor: with one, Nest sends the
// headers of an `@Sse()` route before the handler could refuse anything.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { currentUserOf } from '../../auth/current-user.decorator.ts';
import { ticketOf } from '../../auth/jwt.guard.ts';
import { nodeResponseOf, type PlatformRequest } from '../../platform/adapters.ts';
import { SseChatService } from '../sse/sse-chat.service.ts';
import { idempotencyKeyOf } from './idempotency-key.decorator.ts';

/** Opens the stream that the handler of the request reads. Runs last of the guards. */
@Injectable()
export class SseChatGuard implements CanActivate {
  constructor(private readonly chats: SseChatService) {}

  /** @throws {StreamError} for an error response. @throws {EndAlreadySeen} for `204`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const user = currentUserOf(request);
    if (user === undefined) return false;
    const lastEventId = request.headers['last-event-id'];
    const chat = {
      chatRequest: request.body,
      query: request.query,
      ticket: ticketOf(request),
      key: idempotencyKeyOf(request),
      lastEventId: Array.isArray(lastEventId) ? lastEventId[0] : lastEventId,
    };
    await this.chats.open(user, chat, { request, response: nodeResponseOf(http.getResponse()) });
    return true;
  }
}
