// One Redis: it serves one command after the other, and is asked for many at once.

const windowsASecond = 10;

/** Serves commands in the order in which they come. */
export class Shard {
  busyMs = 0;
  readonly #came = new Map<number, number>();
  #freeAt = 0;
  #forgottenAt = 0;

  /** Serves one command that comes at `atMs`; returns when it is done. */
  serve(atMs: number, micros: number): number {
    const window = Math.floor((atMs * windowsASecond) / 1000);
    this.#came.set(window, (this.#came.get(window) ?? 0) + 1);
    this.busyMs += micros / 1000;
    this.#freeAt = Math.max(this.#freeAt, atMs) + micros / 1000;
    return this.#freeAt;
  }

  /** Forgets what was counted so far; what waits goes on waiting. */
  forget(): void {
    this.busyMs = 0;
    this.#forgottenAt = Math.max(0, ...this.#came.keys()) + 1;
  }

  /** Returns how many commands came in each tenth of a second, since it was told to forget. */
  windows(seconds: number): number[] {
    return Array.from({ length: seconds * windowsASecond }, (_, i) => this.#came.get(this.#forgottenAt + i) ?? 0);
  }
}
