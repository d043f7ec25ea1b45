// Writes a long response at the speed of its reader: one chunk is in memory, regardless of the length.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Writes chunks and ends the response. The connection is closed if the socket accepts no byte for `slowReaderMs`. It
 *  is also closed if reading the chunks fails: the headers have been sent by then, so closing is the only way to report
 *  the error. */
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
      // Buffers instead of strings: Node 26 does not emit `drain` for strings with non-ASCII characters.
      if (!response.write(Buffer.from(chunk))) await once(response, 'drain', { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    response.destroy();
    if (!gone.signal.aborted) throw error;
  }
}
