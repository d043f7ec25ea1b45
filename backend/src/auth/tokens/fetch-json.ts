// Fetches a small JSON document from a foreign server, with limits on time and size and without redirects.

/** Limits of one fetch. */
export interface FetchBounds {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Fetches `url` and parses its body.
 *  @throws {Error} for any status but 200, a redirect, a body larger than `maxBytes` or one that is not JSON. */
export async function fetchJson(url: string, { fetch, timeoutMs, maxBytes }: FetchBounds): Promise<unknown> {
  const response = await fetch(url, {
    headers: { Accept: 'application/json' },
    redirect: 'error', // a redirect could lead from https to http
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the response has status ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the response has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
