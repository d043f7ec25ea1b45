// Divides long work of the event loop into slices, between which other work is done.
import { setImmediate } from 'node:timers/promises';

const sliceMs = 5;

/** The slices of one piece of work: `if (slices.isOver) await slices.next()` after each small step. */
export class WorkSlices {
  #until = performance.now() + sliceMs;

  /** Whether the slice has lasted long enough. */
  get isOver(): boolean {
    return performance.now() > this.#until;
  }

  /** Resolves in a later iteration of the event loop, with which the next slice begins. */
  async next(): Promise<void> {
    await setImmediate();
    this.#until = performance.now() + sliceMs;
  }
}
