// What every request passes as soon as it is known who sends it, and before anything is done for it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { AnonymousConnections } from './anonymous-connections.ts';
import { LIMITS, type Limits } from './limits.ts';
import { RequestRate } from './request-rate.ts';

@Injectable()
export class Admission {
  private readonly rate: RequestRate;

  constructor(
    @Inject(LIMITS) { requestsPerMinute }: Pick<Limits, 'requestsPerMinute'>,
    private readonly connections: AnonymousConnections,
  ) {
    this.rate = new RequestRate({ perMinute: requestsPerMinute });
  }

  /** Admits a request of this user.
   *  @throws {StreamError} `rate-limited`. */
  admit(userId: string, request: IncomingMessage, response: ServerResponse): void {
    this.connections.signedIn(request, response);
    this.rate.take(userId);
  }
}
