// A simulated Redis: it executes one command after the other.

const windowsASecond = 10;

/** Executes commands in their order of arrival. */
export class Shard {
  busyMs = 0;
  readonly #came = new Map<number, number>();
  #freeAt = 0;
  #resetAt = 0;

  /** Executes a command that arrives at `atMs`. Returns the time at which it is done. */
  serve(atMs: number, micros: number): number {
    const window = Math.floor((atMs * windowsASecond) / 1000);
    this.#came.set(window, (this.#came.get(window) ?? 0) + 1);
    this.busyMs += micros / 1000;
    this.#freeAt = Math.max(this.#freeAt, atMs) + micros / 1000;
    return this.#freeAt;
  }

  /** Resets the counters; waiting commands stay. */
  reset(): void {
    this.busyMs = 0;
    this.#resetAt = Math.max(0, ...this.#came.keys()) + 1;
  }

  /** Returns the number of commands in each tenth of a second since the reset. */
  windows(seconds: number): number[] {
    return Array.from({ length: seconds * windowsASecond }, (_, i) => this.#came.get(this.#resetAt + i) ?? 0);
  }
}
