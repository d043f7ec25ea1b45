// The wall clock, believed only when it has lasted: what is deleted because of a clock that was wrong for a moment is gone.

/** Sources of time, and how far the clock may jump, and must last then; in milliseconds. */
export interface SettledClockOptions {
  readonly settleMs: number;
  /** The wall clock, since 1970. */
  readonly now?: () => number;
  /** A clock that nobody sets. */
  readonly elapsed?: () => number;
}

/** Compares the wall clock with a monotonic one. After the start of the process, and after a jump, it must last for
 *  `settleMs`. A machine that slept has jumped, too. */
export class SettledClock {
  readonly #settleMs: number;
  readonly #now: () => number;
  readonly #elapsed: () => number;
  /** What the wall clock said when the monotonic one was 0. */
  #origin: number;
  #settledAt: number;

  constructor({ settleMs, now = Date.now, elapsed = () => performance.now() }: SettledClockOptions) {
    this.#settleMs = settleMs;
    this.#now = now;
    this.#elapsed = elapsed;
    this.#origin = now() - elapsed();
    this.#settledAt = elapsed() + settleMs;
  }

  /** Reads the clock: the time it shows, whether it has lasted, and whether it has jumped since the last reading. */
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
