// Writes a long answer to a socket as fast as its reader takes it: one chunk is in memory, whatever the length.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Writes chunks and ends the response. A socket that takes no byte for `slowReaderMs` is dropped, as is one whose chunks
 *  fail: headers are sent by then, and a cut connection is the only way to say so. */
export async function writePaced(
  response: ServerResponse,
  chunks: AsyncIterable<string>,
  { slowReaderMs }: { slowReaderMs: number },
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.on('error', () => {});
  response.setTimeout(slowReaderMs, () => response.destroy());
  try {
    for await (const chunk of chunks) {
      if (response.destroyed) return;
      if (chunk === '') continue;
      // As bytes: Node 26 loses the `drain` of strings beyond ASCII.
      if (!response.write(Buffer.from(chunk))) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    response.destroy();
    if (!gone.signal.aborted) throw error;
  }
}
