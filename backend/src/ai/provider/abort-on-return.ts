// An async generator queues a `return()` that comes while it waits. Here such a `return()` also aborts what it waits
// for, so that leaving closes the provider's connection at once, whatever is under way.

/** Builds a generator that `signal` and its own `return()` both end: each aborts the signal that `generate` gets. */
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
