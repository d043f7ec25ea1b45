// The smallest store that a page can subscribe to: one immutable state, and who listens to it.

/** Holds a state; listeners are called after each change of it, and not when the same object is set again. */
export interface Store<State> {
  readonly getState: () => State;
  readonly setState: (next: State) => void;
  /** Gives back what ends the listening. */
  readonly listen: (listener: () => void) => () => void;
}

/** Makes a store. */
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
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Calls what is not ours: it may throw without harming the stream, and its error still shows. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
