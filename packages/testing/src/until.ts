// Waits for a store to reach a state, so that no test has to sleep.

/** Resolves once `holds` is true, asked now and after each change that `store` tells of. */
export function until(store: { listen(listener: () => void): () => void }, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const unlisten = store.listen(check);
    function check() {
      if (!holds()) return;
      unlisten();
      resolve();
    }
    check();
  });
}
