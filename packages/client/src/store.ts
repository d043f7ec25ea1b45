// A minimal external store: one immutable state and its listeners.

/** External store. Listeners are called after each change of the state, but not when the same object is set again. */
export interface Store<State> {
  readonly getState: () => State;
  readonly setState: (next: State) => void;
  /** Subscribes `listener`. Returns a function that unsubscribes. */
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

/** Calls an application callback. An exception in it does not affect the stream and is still reported. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
