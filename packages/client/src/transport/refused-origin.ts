// Tells a refused origin (CORS) from a lost connection. A browser reports both alike, and only the second is worth a retry.
import { StreamError } from '@sillage/protocol';

/** For the whole page: every stream and feed of it meets the same refusal. */
let isReported: boolean | undefined;

/** Sends a request again that failed with `cause`, where a server of another origin answers one that the page cannot read.
 *  @throws {StreamError} when it fails again, which is then a refusal; otherwise `cause`. */
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
