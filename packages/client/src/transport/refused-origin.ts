// Tells a refused origin (CORS) from a lost connection. A browser reports both alike, and only the second is worth a retry.
import { StreamError } from '@sillage/protocol';

/** For the whole page: every stream and feed of it meets the same refusal. */
let isReported: boolean | undefined;

/** Sends a request that failed with `cause` once more, if its server is of another origin and responds to a request without
 *  CORS, so that it can be reached.
 *  @throws {StreamError} `forbidden` when the request fails again: the server refuses the origin. Otherwise `cause`. */
export async function sendAgain(url: string, init: RequestInit, send: typeof fetch, cause: unknown): Promise<Response> {
  const page = globalThis.location?.origin;
  const { signal = null } = init;
  if (!page || url.startsWith('/') || url.startsWith(`${page}/`)) throw cause;
  try {
    // Like every request of its kind it carries neither a token nor cookies.
    await send(url, { method: 'HEAD', mode: 'no-cors', signal });
  } catch {
    throw cause;
  }
  return send(url, init).catch(() => {
    if (signal?.aborted) throw cause;
    const message = `The server refuses the origin ${page}. Add it to CORS_ORIGINS.`;
    if (!isReported) console.error(message);
    isReported = true;
    throw new StreamError('forbidden', message, { cause });
  });
}
