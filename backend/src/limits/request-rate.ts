// The rate limit of requests per user or address, counted on this node with a monotonic clock.
import { StreamError } from '@sillage/protocol';

const windowMs = 60_000;

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

  /** Counts one more request.
   *  @throws {StreamError} `rate-limited`, with `retryAfter` in seconds; a refused request does not count. */
  take(key: string): void {
    this.check(key);
    this.#current.set(key, (this.#current.get(key) ?? 0) + 1);
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
    const retryAfter = Math.floor(this.#waitMs({ previous, current, elapsed }) / 1000) + 1;
    throw new StreamError('rate-limited', `Too many requests in a minute. Try again in ${retryAfter} s.`, {
      retryAfter,
    });
  }

  #moveTo(now: number): void {
    const windows = Math.floor((now - this.#startedAt) / windowMs);
    if (windows === 0) return;
    this.#previous = windows === 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#startedAt += windows * windowMs;
  }

  /** Returns the time until the sliding window has room for one more request. */
  #waitMs({ previous, current, elapsed }: { previous: number; current: number; elapsed: number }): number {
    const free = this.#perMinute - current;
    if (free > 0) return windowMs * (1 - free / previous) - elapsed;
    return windowMs - elapsed + windowMs * (1 - this.#perMinute / current);
  }
}
