// Works around a fault of Node 26: a response that was given a string beyond ASCII while its socket was full never emits
// `drain`, so whoever waits for it waits forever. Buffers are not affected.
import type { ServerResponse } from 'node:http';

/** Makes a response turn every string into a Buffer before it writes it, whoever writes. */
export function writeBuffers(response: ServerResponse): void {
  const { write, end } = response;
  response.write = ((chunk: unknown, ...rest: unknown[]) =>
    write.apply(response, encoded(chunk, rest) as Parameters<typeof write>)) as typeof write;
  response.end = ((chunk: unknown, ...rest: unknown[]) =>
    end.apply(response, encoded(chunk, rest) as Parameters<typeof end>)) as typeof end;
}

/** Replaces a string and its encoding, where one is given, by a Buffer. */
function encoded(chunk: unknown, rest: unknown[]): unknown[] {
  if (typeof chunk !== 'string') return [chunk, ...rest];
  const [encoding] = rest;
  if (typeof encoding !== 'string') return [Buffer.from(chunk), ...rest];
  return [Buffer.from(chunk, encoding as BufferEncoding), ...rest.slice(1)];
}
