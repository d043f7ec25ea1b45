// The limits of requests: of a user's, before the handler runs, and of those of an address without a valid token.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { addressKey } from './address.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import { LIMITS, type Limits } from './limits.ts';
import { RequestRate } from './request-rate.ts';

/** Applies the request rate, and marks the connection as authenticated. */
@Injectable()
export class Admission {
  private readonly rate: RequestRate;
  private readonly anonymousRate: RequestRate;

  constructor(
    @Inject(LIMITS) limits: Pick<Limits, 'requestsPerMinute' | 'anonymousRequestsPerMinute'>,
    private readonly connections: AnonymousConnections,
  ) {
    this.rate = new RequestRate({ perMinute: limits.requestsPerMinute });
    this.anonymousRate = new RequestRate({ perMinute: limits.anonymousRequestsPerMinute });
  }

  /** Counts a request of this user.
   *  @throws {StreamError} `rate-limited`. */
  admit(userId: string, request: IncomingMessage, response: ServerResponse): void {
    this.connections.signedIn(request, response);
    this.rate.take(userId);
  }

  /** Checks that an address may try to sign in once more, where each try costs a query.
   *  @throws {StreamError} `rate-limited`. */
  checkAddress(ip: string): void {
    this.anonymousRate.check(addressKey(ip));
  }

  /** Counts a request of an address without a valid token or ticket.
   *  @throws {StreamError} `rate-limited`. */
  reject(ip: string): void {
    this.anonymousRate.take(addressKey(ip));
  }
}
