// Limits the open event streams of a user, before a stream is started.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { currentUserOf } from '../../auth/current-user.decorator.ts';
import { ReaderSlots } from '../../limits/user-slots.ts';
import { nodeResponseOf, type PlatformRequest } from '../../platform/adapters.ts';

/** Accepts a request for an event stream unless its user has too many open ones. */
@Injectable()
export class ReaderGuard implements CanActivate {
  constructor(private readonly slots: ReaderSlots) {}

  /** @throws {StreamError} `method-not-allowed` for `HEAD`, which the framework treats as `GET`; `rate-limited`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    if (request.method === 'HEAD') throw new StreamError('method-not-allowed', 'HEAD cannot read a stream. Use GET.');
    const response = nodeResponseOf(http.getResponse());
    const release = await this.slots.take(currentUserOf(request)?.id ?? '');
    response.once('close', release);
    if (response.closed) release();
    return true;
  }
}
