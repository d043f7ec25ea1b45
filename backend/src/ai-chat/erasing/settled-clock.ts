// The wall clock with a check that it is settled, as a deletion due to a clock that was briefly wrong cannot be undone.

/** Options of the clock, in milliseconds. */
export interface SettledClockOptions {
  /** The largest difference that is not a jump, and how long after a jump the clock is not settled. */
  readonly settleMs: number;
  /** The wall clock. */
  readonly now?: () => number;
  /** A monotonic clock. */
  readonly elapsed?: () => number;
}

/** Compares the wall clock with a monotonic one. The clock is settled `settleMs` after the start of the process and after the
 *  last jump. A machine that was suspended counts as a jump. */
export class SettledClock {
  readonly #settleMs: number;
  readonly #now: () => number;
  readonly #elapsed: () => number;
  /** The wall-clock time at which the monotonic clock was 0. */
  #origin: number;
  #settledAt: number;

  constructor({ settleMs, now = Date.now, elapsed = () => performance.now() }: SettledClockOptions) {
    this.#settleMs = settleMs;
    this.#now = now;
    this.#elapsed = elapsed;
    this.#origin = now() - elapsed();
    this.#settledAt = elapsed() + settleMs;
  }

  /** Reads the clock: the time, whether it is settled, and whether it has jumped since the last call. */
  read(): { readonly now: number; readonly isSettled: boolean; readonly hasJumped: boolean } {
    const [now, elapsed] = [this.#now(), this.#elapsed()];
    const hasJumped = Math.abs(now - elapsed - this.#origin) > this.#settleMs;
    if (hasJumped) {
      this.#origin = now - elapsed;
      this.#settledAt = elapsed + this.#settleMs;
    }
    return { now, isSettled: elapsed >= this.#settledAt, hasJumped };
  }
}
