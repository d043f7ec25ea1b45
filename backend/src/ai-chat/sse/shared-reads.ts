// Combines identical reads of one tick, such as those of all feeds of a user that one change notifies.

/** Runs identical reads of one tick once. A read in a later tick runs again, and so sees later changes. */
export class SharedReads<Result> {
  readonly #ofThisTick = new Map<string, Promise<Result>>();

  /** Returns the read of this tick with this key, or starts it. */
  read(key: string, start: () => Promise<Result>): Promise<Result> {
    const shared = this.#ofThisTick.get(key);
    if (shared !== undefined) return shared;
    const started = start();
    this.#ofThisTick.set(key, started);
    queueMicrotask(() => this.#ofThisTick.delete(key));
    return started;
  }
}
