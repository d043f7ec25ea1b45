// The two signs that a connection is worth trying now: the network is back, or somebody looks at the page again.
// Without a page (Node, a worker) there are none, and only the clock counts.

/** Calls `listener` when the browser comes online or the page becomes visible; gives back what ends that. */
export function onWake(listener: () => void): () => void {
  if (typeof window === 'undefined') return () => {};
  const onVisible = () => {
    if (!document.hidden) listener();
  };
  window.addEventListener('online', listener);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    window.removeEventListener('online', listener);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** Says whether the browser knows that it has no network, so that failing proves nothing about the server. */
export function isOffline(): boolean {
  return typeof navigator !== 'undefined' && navigator.onLine === false;
}

/** Waits `ms`, or less when the page wakes (unless `isFirm`) or `signal` aborts. Never rejects. */
export function pause(
  ms: number,
  { signal, isFirm = false }: { signal?: AbortSignal; isFirm?: boolean } = {},
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      offWake?.();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const offWake = isFirm ? undefined : onWake(done);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
