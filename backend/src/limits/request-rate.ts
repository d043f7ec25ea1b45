// How many requests a user makes in a minute, counted on this node by a clock that nobody sets.
import { StreamError } from '@sillage/protocol';

const windowMs = 60_000;

/** Limits requests in any minute, by a sliding window: the window before counts as far as it reaches into that minute. */
export class RequestRate {
  readonly #perMinute: number;
  readonly #now: () => number;
  #startedAt: number;
  #before = new Map<string, number>();
  #current = new Map<string, number>();

  /** `now` is monotonic, in milliseconds. */
  constructor({ perMinute, now = () => performance.now() }: { perMinute: number; now?: () => number }) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Counts one more request.
   *  @throws {StreamError} `rate-limited`, with the seconds to wait; a refused request does not count. */
  take(userId: string): void {
    const now = this.#now();
    this.#moveTo(now);
    const elapsed = now - this.#startedAt;
    const before = this.#before.get(userId) ?? 0;
    const current = this.#current.get(userId) ?? 0;
    if (before * (1 - elapsed / windowMs) + current < this.#perMinute) {
      this.#current.set(userId, current + 1);
      return;
    }
    const retryAfter = Math.floor(this.#waitMs({ before, current, elapsed }) / 1000) + 1;
    throw new StreamError('rate-limited', `Too many requests in a minute. Try again in ${retryAfter} s.`, {
      retryAfter,
    });
  }

  #moveTo(now: number): void {
    const windows = Math.floor((now - this.#startedAt) / windowMs);
    if (windows === 0) return;
    this.#before = windows === 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#startedAt += windows * windowMs;
  }

  /** How long until the window before, or else the current one, has moved on far enough for one more. */
  #waitMs({ before, current, elapsed }: { before: number; current: number; elapsed: number }): number {
    const free = this.#perMinute - current;
    if (free > 0) return windowMs * (1 - free / before) - elapsed;
    return windowMs - elapsed + windowMs * (1 - this.#perMinute / current);
  }
}
