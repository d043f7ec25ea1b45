// Writes the responses without a stream. They are written here and not returned from the handlers, so that no interceptor
// of the host application changes what clients parse.
import { nodeResponseOf, takeOver } from './adapters.ts';

/** Returns a signal that is aborted when the connection of a response closes. */
export function closeSignal(response: unknown): AbortSignal {
  const closed = new AbortController();
  const node = nodeResponseOf(response);
  if (node.destroyed) closed.abort();
  else node.once('close', () => closed.abort());
  return closed.signal;
}

/** Writes a JSON response, which is not cached; `body` may be a promise. Work that a `signal` has ended writes nothing. */
export async function sendJson(
  response: unknown,
  body: unknown,
  { status = 200, signal }: { status?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const bytes = await bytesOf(body, signal);
  if (bytes === undefined) return;
  const node = takeOver(response);
  if (node.destroyed) return;
  node.statusCode = status;
  node.setHeader('Content-Type', 'application/json; charset=utf-8');
  node.setHeader('Content-Length', bytes.length);
  node.setHeader('Cache-Control', 'no-store');
  node.end(bytes);
}

async function bytesOf(body: unknown, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
  try {
    return Buffer.from(JSON.stringify(await body));
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Writes a response without a body, once `done` has resolved. */
export async function sendNothing(response: unknown, done?: Promise<void>): Promise<void> {
  await done;
  const node = takeOver(response);
  if (node.destroyed) return;
  node.statusCode = 204;
  node.setHeader('Cache-Control', 'no-store');
  node.end();
}
