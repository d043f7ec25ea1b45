// Limits the requests of each user, before the handler runs, and those of each address without a valid token.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { addressKey } from './address.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import { LIMITS, type Limits } from './limits.ts';
import { RequestRate } from './request-rate.ts';
import { SHARED_COUNTS, type SharedCounts } from './shared/shared-counts.ts';
import { SharedRequestRate } from './shared/shared-request-rate.ts';

/** Applies the request rate, and marks the connection as authenticated. */
@Injectable()
export class Admission {
  private readonly rate: RequestRate | SharedRequestRate;
  private readonly anonymousRate: RequestRate | SharedRequestRate;

  constructor(
    @Inject(LIMITS) limits: Pick<Limits, 'requestsPerMinute' | 'anonymousRequestsPerMinute'>,
    private readonly connections: AnonymousConnections,
    @Inject(SHARED_COUNTS) shared: SharedCounts | undefined,
  ) {
    const rateOf = (kind: string, perMinute: number) =>
      shared ? new SharedRequestRate(shared, { kind, perMinute }) : new RequestRate({ perMinute });
    this.rate = rateOf('requests', limits.requestsPerMinute);
    this.anonymousRate = rateOf('anonymous', limits.anonymousRequestsPerMinute);
  }

  /** Counts a request of this user.
   *  @throws {StreamError} `rate-limited`. */
  async admit(userId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.connections.signedIn(request, response);
    await this.rate.take(userId);
  }

  /** Checks that an address may try to sign in once more; called before a try that costs a query.
   *  @throws {StreamError} `rate-limited`. */
  async checkAddress(ip: string): Promise<void> {
    await this.anonymousRate.check(addressKey(ip));
  }

  /** Counts a request of an address without a valid token or ticket.
   *  @throws {StreamError} `rate-limited`. */
  async reject(ip: string): Promise<void> {
    await this.anonymousRate.take(addressKey(ip));
  }
}
