// Works around a bug of Node 26: a response that writes a non-ASCII string while its socket is full never emits `drain`.
// Buffers are not affected.
import { ServerResponse } from 'node:http';

/** The patched functions that change nothing but strings. */
const converting = new WeakSet<ServerResponse['write']>();

/** Patches a response to convert every string to a Buffer before writing it. */
export function writeBuffers(response: ServerResponse): void {
  const { write, end } = response;
  response.write = ((chunk: unknown, ...rest: unknown[]) =>
    write.apply(response, encoded(chunk, rest) as Parameters<typeof write>)) as typeof write;
  if (write === ServerResponse.prototype.write) converting.add(response.write);
  response.end = ((chunk: unknown, ...rest: unknown[]) =>
    end.apply(response, encoded(chunk, rest) as Parameters<typeof end>)) as typeof end;
}

/** Whether the bytes given to `response.write` reach the socket unchanged: no middleware has replaced it, for example to
 *  compress. */
export function writesUnchanged({ write }: ServerResponse): boolean {
  return write === ServerResponse.prototype.write || converting.has(write);
}

/** Replaces a string and its optional encoding by a Buffer. */
function encoded(chunk: unknown, rest: unknown[]): unknown[] {
  if (typeof chunk !== 'string') return [chunk, ...rest];
  const [encoding] = rest;
  if (typeof encoding !== 'string') return [Buffer.from(chunk), ...rest];
  return [Buffer.from(chunk, encoding as BufferEncoding), ...rest.slice(1)];
}
