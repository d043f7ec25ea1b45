// Says when to do next what is better done seldom: at once when it is rare, one every `intervalMs` when it is not.

/** So many come at once after a pause: a start and its first words wait for nothing. */
const burst = 4;

/** Runs `task` soon after it was asked for, however often it was asked for meanwhile. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #task: () => void;
  #isScheduled = false;
  /** When the next one is due, had all been `intervalMs` apart; what lies behind is saved up, for a burst. */
  #dueAt = 0;

  constructor(intervalMs: number, task: () => void) {
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  /** Asks for a run. Even "at once" waits for the other sockets of this turn of the event loop. */
  ask(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const wait = this.#earliestDue() - performance.now();
    const run = () => {
      if (this.#isScheduled) this.runNow();
    };
    if (wait <= 0) setImmediate(run);
    else setTimeout(run, wait);
  }

  /** Runs at once; what had been asked for is done with it. */
  runNow(): void {
    this.#isScheduled = false;
    this.#task();
    this.#dueAt = this.#earliestDue() + this.#intervalMs;
  }

  #earliestDue(): number {
    return Math.max(this.#dueAt, performance.now() - burst * this.#intervalMs);
  }
}
