// The rate limit of requests per user or address, counted on this node with a monotonic clock.
// `shared-request-rate.ts` counts the same windows for all nodes.
import { StreamError } from '@sillage/protocol';

/** The length of a window. */
export const windowMs = 60_000;

/** The requests in two windows: the previous one, and the current one up to now. */
export interface Windows {
  readonly previous: number;
  readonly current: number;
  /** The age of the current window in milliseconds. */
  readonly elapsed: number;
}

/** Options of a rate. */
export interface RequestRateOptions {
  readonly perMinute: number;
  /** Maximum number of keys of a window. One more begins the next window early, so that requests from ever new addresses take
   *  no more memory; what was counted before then counts less. */
  readonly maxKeys?: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/** Limits requests per minute by a sliding window: the previous window counts in proportion to its overlap. */
export class RequestRate {
  readonly #perMinute: number;
  readonly #maxKeys: number;
  readonly #now: () => number;
  #startedAt: number;
  #previous = new Map<string, number>();
  #current = new Map<string, number>();

  constructor({ perMinute, maxKeys = 100_000, now = () => performance.now() }: RequestRateOptions) {
    this.#perMinute = perMinute;
    this.#maxKeys = maxKeys;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Checks that one more request is allowed, and counts it.
   *  @throws {StreamError} `rate-limited`, with `retryAfter` in seconds; a refused request does not count. */
  take(key: string): void {
    this.check(key);
    this.count(key);
  }

  /** Checks that one more request is allowed.
   *  @throws {StreamError} `rate-limited`, with `retryAfter` in seconds. */
  check(key: string): void {
    const now = this.#now();
    this.#moveTo(now);
    const elapsed = now - this.#startedAt;
    const previous = this.#previous.get(key) ?? 0;
    const current = this.#current.get(key) ?? 0;
    if (previous * (1 - elapsed / windowMs) + current < this.#perMinute) return;
    throw rateError({ previous, current, elapsed }, this.#perMinute);
  }

  /** Counts a request in the current window of the last check. */
  count(key: string): void {
    const isFull = this.#current.size >= this.#maxKeys && !this.#current.has(key);
    if (isFull) this.#begin({ previous: this.#current, at: this.#now() });
    this.#current.set(key, (this.#current.get(key) ?? 0) + 1);
  }

  /** The number of counts in memory. */
  get size(): number {
    return this.#previous.size + this.#current.size;
  }

  #moveTo(now: number): void {
    const windows = Math.floor((now - this.#startedAt) / windowMs);
    if (windows === 0) return;
    const previous = windows === 1 ? this.#current : new Map<string, number>();
    this.#begin({ previous, at: this.#startedAt + windows * windowMs });
  }

  #begin({ previous, at }: { previous: Map<string, number>; at: number }): void {
    this.#previous = previous;
    this.#current = new Map();
    this.#startedAt = at;
  }
}

/** The error for a request that exceeds the limit. */
export function rateError(windows: Windows, perMinute: number): StreamError {
  const retryAfter = Math.floor(waitMs(windows, perMinute) / 1000) + 1;
  const message = `Too many requests in a minute. Try again in ${retryAfter} s.`;
  return new StreamError('rate-limited', message, { retryAfter });
}

/** Returns the time until the sliding window has room for one more request. */
function waitMs({ previous, current, elapsed }: Windows, perMinute: number): number {
  const free = perMinute - current;
  if (free > 0) return windowMs * (1 - free / previous) - elapsed;
  return windowMs - elapsed + windowMs * (1 - perMinute / current);
}
