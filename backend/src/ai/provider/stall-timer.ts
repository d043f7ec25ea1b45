// Notices that a provider has fallen silent. Only time spent waiting for it counts, not time in which the reader of
// its answer was busy.

/** Calls `onSilent` once when one wait took too long. Its owner stops it. */
export class StallTimer {
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout;
  #isWaiting = true;
  #isLast = false;
  #isDue = false;

  /** Begins to wait at once; `ms` bounds each wait. */
  constructor(ms: number, onSilent: () => void) {
    this.#onSilent = onSilent;
    this.#timer = setTimeout(() => this.#ring(), ms);
  }

  /** A wait begins. */
  wait(): void {
    this.#isWaiting = true;
    if (!this.#isLast) {
      this.#isDue = false;
      this.#timer.refresh();
    } else if (this.#isDue) {
      this.#onSilent();
    }
  }

  /** The wait is over: something was heard. */
  heard(): void {
    this.#isWaiting = false;
  }

  /** From now on all waits together have `ms`, and every moment counts. */
  last(ms: number): void {
    if (this.#isLast) return;
    this.#isLast = true;
    this.stop();
    this.#timer = setTimeout(() => this.#ring(), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ring(): void {
    this.#isDue = true;
    if (this.#isWaiting) this.#onSilent();
  }
}
