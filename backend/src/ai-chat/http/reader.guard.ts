// Decides who may read an event stream, before anything is started for it.
import type { ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import type { Request } from 'express';
import { currentUserOf } from '../../auth/current-user.decorator.ts';
import { ReaderSlots } from '../../limits/user-slots.ts';

/** Lets a request through that will read what it is sent, while its user has not too many such connections. */
@Injectable()
export class ReaderGuard implements CanActivate {
  constructor(private readonly slots: ReaderSlots) {}

  /** @throws {StreamError} `method-not-allowed` for `HEAD`, which the framework takes for `GET`; `rate-limited`. */
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (request.method === 'HEAD') throw new StreamError('method-not-allowed', 'HEAD reads no stream. Use GET.');
    const response = http.getResponse<ServerResponse>();
    const release = this.slots.take(currentUserOf(request)?.id ?? '');
    response.once('close', release);
    if (response.closed) release();
    return true;
  }
}
