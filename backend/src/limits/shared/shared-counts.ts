// The Redis that nodes share, as the limits use it: a call that fails or takes too long has no result, and the node then uses
// its own count. After a failure the next calls do not wait for Redis again, and one line is logged per outage.
import type { Cluster, Redis } from 'ioredis';
import { Outage } from '../../observing/outage.ts';

/** A Redis that takes longer does not delay a request any further. */
const answerMs = 500;
/** How long a failure keeps the next calls from waiting as well; a restored connection ends it. */
const pauseMs = 1_000;

/** The link to Redis. */
export interface CountsLink {
  readonly commands: Redis | Cluster;
  /** Calls `listener` after each reconnection. */
  onReady(listener: () => void): void;
}

/** Names and durations. */
export interface SharedCountsOptions {
  /** Distinguishes databases that share one Redis. */
  readonly namespace: string;
  /** How long a node that has died keeps its connections counted. */
  readonly nodeLeaseMs: number;
  /** How long a connection may last. */
  readonly maxAgeMs: number;
}

/** Injects the counts; `undefined` in a single process. */
export const SHARED_COUNTS = Symbol('SharedCounts');

/** Runs commands for the limits. */
export class SharedCounts {
  readonly link: CountsLink;
  readonly options: SharedCountsOptions;
  readonly #outage = new Outage({
    context: 'Limits',
    begun: 'Redis does not count requests and connections. Each node uses its own count.',
    over: 'Redis counts requests and connections again.',
    quietMs: 2 * pauseMs,
  });
  #pausedUntil = 0;
  #isClosed = false;

  constructor(link: CountsLink, options: SharedCountsOptions) {
    this.link = link;
    this.options = options;
    link.onReady(() => {
      this.#pausedUntil = 0;
    });
  }

  /** Returns the name of a key. */
  keyOf(kind: string, name: string): string {
    return `sillage:${kind}:${this.options.namespace}:${name}`;
  }

  /** Runs commands; resolves with `undefined` if Redis has failed, also a moment ago, or does not respond in time. */
  async ask<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#isClosed || performance.now() < this.#pausedUntil) return undefined;
    const late = Promise.withResolvers<never>();
    const fail = () => late.reject(new Error(`Redis has not responded within ${answerMs} ms.`));
    const timer = setTimeout(() => setImmediate(fail), answerMs); // a response that has arrived is read before
    try {
      const result = await Promise.race([run(), late.promise]);
      this.#outage.succeeded();
      return result;
    } catch (error) {
      if (this.#isClosed) return undefined;
      this.#pausedUntil = performance.now() + pauseMs;
      this.#outage.failed(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the use of Redis: whatever is asked afterwards has no result. */
  close(): void {
    this.#isClosed = true;
    this.#outage.close();
  }
}
