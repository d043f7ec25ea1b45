// Waits for a store to reach a state, so that no test needs to sleep.

/** Resolves once `holds` returns true. It is called now and after each change of `store`. */
export function until(store: { subscribe(listener: () => void): () => void }, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = store.subscribe(check);
    function check() {
      if (!holds()) return;
      unsubscribe();
      resolve();
    }
    check();
  });
}
