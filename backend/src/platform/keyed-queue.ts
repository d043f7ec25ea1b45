// A queue of tasks for each key.

/** Runs the tasks of each key one after another, in the order of the calls; different keys run concurrently. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs a task after those that were given before. It does not run if `signal` is aborted by then.
   *  @throws the reason of the signal. */
  async run<Result>(key: string, task: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const next = () => {
      signal?.throwIfAborted();
      return task();
    };
    const running = (this.#last.get(key) ?? Promise.resolve()).then(next, next);
    this.#last.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#last.get(key) === running) this.#last.delete(key);
    }
  }
}
