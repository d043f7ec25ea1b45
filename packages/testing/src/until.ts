// Waits for a store to reach a state, so that no test has to sleep.

/** Resolves once `holds` is true, asked now and after each change that `store` tells of. */
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
