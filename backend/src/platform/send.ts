// Writes the responses without a stream. They are written here and not returned from the handlers, so that no interceptor
// of the host application changes what clients parse.
import { takeOver } from './adapters.ts';

/** Writes a JSON response, which is not cached; `body` may be a promise. */
export async function sendJson(response: unknown, body: unknown, { status = 200 } = {}): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(await body));
  const node = takeOver(response);
  if (node.destroyed) return;
  node.statusCode = status;
  node.setHeader('Content-Type', 'application/json; charset=utf-8');
  node.setHeader('Content-Length', bytes.length);
  node.setHeader('Cache-Control', 'no-store');
  node.end(bytes);
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
