// Retry delay that a provider requests, and whether a retry can succeed.

/** Returns the requested delay in ms: `retry-after-ms`, or `Retry-After` in seconds or as a date. */
export function retryDelayOf(headers: Headers, now = Date.now()): number | undefined {
  const ms = numberIn(headers.get('retry-after-ms'));
  if (ms !== undefined) return ms;
  const text = headers.get('retry-after');
  const seconds = numberIn(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Whether a retry may succeed soon. A provider's header may rule a retry out, but cannot enable one: an invalid
 *  request stays invalid. */
export function isWorthRetrying(status: number, headers: Headers, longestDelayMs: number): boolean {
  if (headers.get('x-should-retry') === 'false') return false;
  const isPassing = status === 408 || status === 409 || status === 429 || status >= 500;
  return isPassing && (retryDelayOf(headers) ?? 0) <= longestDelayMs;
}

function numberIn(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}(\.\d*)?$/.test(text.trim()) ? Number(text) : undefined;
}
