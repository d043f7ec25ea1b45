// Gathers what the connections of one iteration of the event loop have received, and processes all of it in one pass: the code
// of each step then runs for all replies in turn, which takes less CPU time than all steps for each reply.

/** The data of several connections that waits for the end of this iteration. */
export class Arrivals {
  #waiting: (() => void)[] = [];

  /** Calls `take` when the other sockets of this iteration have been read. It must not throw. */
  add(take: () => void): void {
    if (this.#waiting.push(take) === 1) setImmediate(() => this.#takeAll());
  }

  #takeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const take of waiting) take();
  }
}
