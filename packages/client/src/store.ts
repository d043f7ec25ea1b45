// A minimal external store: one immutable state, and its listeners.

/** A state; listeners are called after each change of it, and not when the same object is set again. */
export interface Store<State> {
  readonly getState: () => State;
  readonly setState: (next: State) => void;
  /** Returns a function that ends the subscription. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** Creates a store. */
export function createStore<State>(initial: State): Store<State> {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    getState: () => state,
    setState(next) {
      if (next === state) return;
      state = next;
      for (const listener of [...listeners]) guarded(listener);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Calls a function of the application: it may throw without harming the stream, and its error is still reported. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
