// An async generator queues a `return()` that is called while it awaits. Here such a `return()` also aborts the awaited
// operation, so that leaving the loop closes the provider's connection at once.

/** Creates a generator that both `signal` and its own `return()` end: each aborts the signal passed to `generate`. */
export function abortOnReturn<T>(
  signal: AbortSignal | undefined,
  generate: (signal: AbortSignal) => AsyncGenerator<T, void, unknown>,
): AsyncGenerator<T, void, unknown> {
  const left = new AbortController();
  const generator = generate(signal ? AbortSignal.any([signal, left.signal]) : left.signal);
  const leave = generator.return.bind(generator);
  generator.return = (value) => {
    left.abort();
    return leave(value);
  };
  return generator;
}
