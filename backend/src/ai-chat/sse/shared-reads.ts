// Reads that many ask for in one turn of the event loop, as all feeds of a user do that are woken by one change.

/** Runs a read once for all who ask for the same before the turn is over; who asks later reads what is stored by then. */
export class SharedReads<Result> {
  readonly #ofThisTurn = new Map<string, Promise<Result>>();

  /** Returns the read of this turn with this key, or starts it. */
  read(key: string, start: () => Promise<Result>): Promise<Result> {
    const shared = this.#ofThisTurn.get(key);
    if (shared !== undefined) return shared;
    const started = start();
    this.#ofThisTurn.set(key, started);
    queueMicrotask(() => this.#ofThisTurn.delete(key));
    return started;
  }
}
