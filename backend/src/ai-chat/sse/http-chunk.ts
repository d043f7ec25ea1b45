// Writes a chunk of `Transfer-Encoding: chunked` as one buffer. Node writes four (the size, the data and two line ends), which
// costs 3 to 5 % of the CPU time of a throttled token.
import type { ServerResponse } from 'node:http';
import { writesUnchanged } from '../../http/write-buffers.ts';

/** Writes text as bytes (see write-buffers.ts), as one chunk if the response is chunked; returns what `response.write` returns.
 *  The headers must have been written. */
export function writeChunk(response: ServerResponse, text: string): boolean {
  const isCorked = response.writableCorked > 0; // Node holds back what was written before, up to the end of this tick
  if (!response.chunkedEncoding || isCorked || text === '' || !writesUnchanged(response)) {
    return response.write(Buffer.from(text));
  }
  const chunk = Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
  response.chunkedEncoding = false; // Node must not frame the chunk again
  try {
    return response.write(chunk);
  } finally {
    response.chunkedEncoding = true; // for the last chunk, which Node writes
  }
}
