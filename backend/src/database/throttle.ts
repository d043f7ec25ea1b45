// Throttles a task: runs are immediate at a low rate and at least `intervalMs` apart at a high rate.

/** Number of immediate runs after a pause, so that a start and its first deltas are not delayed. */
const burst = 4;

/** Throttles `task`: repeated calls of `schedule` before a run are merged into one run. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #task: () => void;
  #isScheduled = false;
  /** When the next run is due if all runs are `intervalMs` apart. A time in the past allows a burst. */
  #dueAt = 0;

  constructor(intervalMs: number, task: () => void) {
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  /** Schedules a run. Even an immediate run waits until the other sockets of this event-loop iteration are processed. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const wait = this.#earliestDue() - performance.now();
    const run = () => {
      if (this.#isScheduled) this.runNow();
    };
    if (wait <= 0) setImmediate(run);
    else setTimeout(run, wait);
  }

  /** Runs the task at once and clears a scheduled run. */
  runNow(): void {
    this.#isScheduled = false;
    this.#task();
    this.#dueAt = this.#earliestDue() + this.#intervalMs;
  }

  #earliestDue(): number {
    return Math.max(this.#dueAt, performance.now() - burst * this.#intervalMs);
  }
}
