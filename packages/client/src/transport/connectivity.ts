// Signs that a connection is worth trying now: the network is back, or the page is visible again. Without a page (Node, a
// worker) there are none, and only the clock counts.

/** Calls `listener` when the browser comes online or the page becomes visible, until `signal` aborts. */
export function onReconnectable(listener: () => void, signal: AbortSignal): void {
  globalThis.window?.addEventListener?.('online', listener, { signal }); // React Native has a window without events
  globalThis.document?.addEventListener('visibilitychange', () => document.hidden || listener(), { signal });
}

/** Whether the browser knows that it has no network, so that a failure proves nothing about the server. */
export function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Waits `ms`, or less when a connection is worth trying (unless `isFirm`) or `signal` aborts. Never rejects. */
export function pause(
  ms: number,
  { signal, isFirm = false }: { signal?: AbortSignal | undefined; isFirm?: boolean | undefined } = {},
): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const done = () => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (!isFirm) onReconnectable(done, over.signal);
    signal?.addEventListener('abort', done, over);
    if (signal?.aborted) done();
  });
}
