// How often a user may start. Reading is not starting.
import { StreamError } from '@sillage/protocol';

const minuteMs = 60_000;

/** Counts the starts of each user in the last minute, on this node. */
export class StartLimiter {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #starts = new Map<string, number[]>();
  #sweptAt: number;

  constructor(perMinute: number, { now = Date.now }: { now?: () => number } = {}) {
    this.#perMinute = perMinute;
    this.#now = now;
    this.#sweptAt = now();
  }

  /** Says of how many users starts are remembered. */
  get users(): number {
    return this.#starts.size;
  }

  /** Counts one more start.
   *  @throws {StreamError} `rate-limited`, with the seconds to wait. */
  count(userId: string): void {
    const now = this.#now();
    this.#sweep(now);
    const recent = (this.#starts.get(userId) ?? []).filter((at) => at > now - minuteMs);
    const [first] = recent;
    if (first !== undefined && recent.length >= this.#perMinute) {
      const retryAfter = Math.ceil((first + minuteMs - now) / 1000);
      throw new StreamError('rate-limited', `Too many messages in a minute. Try again in ${retryAfter} s.`, {
        retryAfter,
      });
    }
    recent.push(now);
    this.#starts.set(userId, recent);
  }

  /** Forgets users that have not started anything for a minute. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < minuteMs) return;
    this.#sweptAt = now;
    for (const [userId, starts] of this.#starts) {
      if ((starts.at(-1) ?? 0) <= now - minuteMs) this.#starts.delete(userId);
    }
  }
}
