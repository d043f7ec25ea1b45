// Hands events that callbacks push to a consumer that iterates: one promise an event, where an async generator needs three. On
// the hot path of every token.

type Result<T> = IteratorResult<T, void>;

/** Iterates over what `produce` pushes, until its promise settles. Like an async generator, it starts with the first `next()`,
 *  throws what `produce` throws, and ends it with `return()`. */
export class EventQueue<T> implements AsyncGenerator<T, void, unknown> {
  readonly #produce: (queue: EventQueue<T>) => Promise<void>;
  #producing: Promise<void> | undefined;
  #events: T[] = [];
  #waiting: PromiseWithResolvers<Result<T>>[] = [];
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  /** Called when the consumer begins to wait. */
  onWaiting: () => void = () => {};
  /** Called when the consumer leaves; makes `produce` settle soon. */
  onReturn: () => void = () => {};

  constructor(produce: (queue: EventQueue<T>) => Promise<void>) {
    this.#produce = produce;
  }

  /** Whether the consumer waits for an event. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether the consumer has left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  push(events: readonly T[]): void {
    for (const value of events) {
      const waiting = this.#waiting.shift();
      if (waiting !== undefined) waiting.resolve({ value, done: false });
      else if (!this.#isOver) this.#events.push(value);
    }
  }

  next(): Promise<Result<T>> {
    const value = this.#events.shift();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#isOver) return this.#end();
    const waiting = Promise.withResolvers<Result<T>>();
    this.#waiting.push(waiting);
    if (this.#producing === undefined) this.#start();
    this.onWaiting();
    return waiting.promise;
  }

  async return(): Promise<Result<T>> {
    this.#events = [];
    this.#finish();
    this.onReturn();
    await this.#producing;
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<Result<T>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #start(): void {
    this.#producing = this.#produce(this).then(
      () => this.#finish(),
      (error) => {
        if (!this.#isOver) this.#failure = { error };
        this.#finish();
      },
    );
  }

  #finish(): void {
    this.#isOver = true;
    for (const waiting of this.#waiting.splice(0)) waiting.resolve(this.#end());
  }

  /** Reports the failure once. */
  #end(): Promise<Result<T>> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return Promise.reject(failure.error);
    return Promise.resolve({ value: undefined, done: true });
  }
}
