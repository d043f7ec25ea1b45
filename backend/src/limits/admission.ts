// The checks that every authenticated request passes before its handler runs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { AnonymousConnections } from './anonymous-connections.ts';
import { LIMITS, type Limits } from './limits.ts';
import { RequestRate } from './request-rate.ts';

/** Applies the request rate, and marks the connection as authenticated. */
@Injectable()
export class Admission {
  private readonly rate: RequestRate;

  constructor(
    @Inject(LIMITS) { requestsPerMinute }: Pick<Limits, 'requestsPerMinute'>,
    private readonly connections: AnonymousConnections,
  ) {
    this.rate = new RequestRate({ perMinute: requestsPerMinute });
  }

  /** Counts a request of this user.
   *  @throws {StreamError} `rate-limited`. */
  admit(userId: string, request: IncomingMessage, response: ServerResponse): void {
    this.connections.signedIn(request, response);
    this.rate.take(userId);
  }
}
