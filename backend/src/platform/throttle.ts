// Throttles a task: runs are immediate when urgent or at a low rate, and at least `intervalMs` apart at a high rate.

/** Number of immediate runs after a pause. */
const burst = 4;

/** Throttles `task`: repeated calls of `schedule` before a run are merged into one run. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #task: () => void;
  /** The scheduled run: the timer that it waits for, or `immediate`. */
  #scheduled: NodeJS.Timeout | 'immediate' | undefined;
  /** When the next run is due if all runs are `intervalMs` apart. A time in the past allows a burst. */
  #dueAt = 0;

  constructor(intervalMs: number, task: () => void) {
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  /** Schedules a run; an urgent one waits for no timer. Even an immediate run waits until the other sockets of this event-loop
   *  iteration are processed. */
  schedule({ isUrgent = false } = {}): void {
    if (this.#scheduled === 'immediate' || (this.#scheduled !== undefined && !isUrgent)) return;
    const wait = isUrgent ? 0 : this.#earliestDue() - performance.now();
    clearTimeout(this.#scheduled);
    if (wait > 0) {
      this.#scheduled = setTimeout(() => this.runNow(), wait);
      return;
    }
    this.#scheduled = 'immediate';
    setImmediate(() => {
      if (this.#scheduled === 'immediate') this.runNow();
    });
  }

  /** Runs the task at once and clears a scheduled run. */
  runNow(): void {
    if (this.#scheduled !== 'immediate') clearTimeout(this.#scheduled);
    this.#scheduled = undefined;
    this.#task();
    // Many urgent runs delay the next throttled one by no more than one interval.
    this.#dueAt = Math.min(this.#earliestDue(), performance.now()) + this.#intervalMs;
  }

  #earliestDue(): number {
    return Math.max(this.#dueAt, performance.now() - burst * this.#intervalMs);
  }
}
