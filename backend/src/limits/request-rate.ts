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

/** Limits requests per minute by a sliding window: the previous window counts in proportion to its overlap. */
export class RequestRate {
  readonly #perMinute: number;
  readonly #now: () => number;
  #startedAt: number;
  #previous = new Map<string, number>();
  #current = new Map<string, number>();

  /** `now` is monotonic, in milliseconds. */
  constructor({ perMinute, now = () => performance.now() }: { perMinute: number; now?: () => number }) {
    this.#perMinute = perMinute;
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
    this.#current.set(key, (this.#current.get(key) ?? 0) + 1);
  }

  #moveTo(now: number): void {
    const windows = Math.floor((now - this.#startedAt) / windowMs);
    if (windows === 0) return;
    this.#previous = windows === 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#startedAt += windows * windowMs;
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
