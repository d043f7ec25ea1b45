// Writes long responses at the speed of their readers: one chunk of each is in memory, regardless of the length.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';

/** Time for which the chunks of one response are written before other work of the event loop is done. */
const sliceMs = 5;

/** Writes responses. Their chunks are read from a database that does not wait, to sockets that take megabytes at once, so the
 *  responses take turns: at most one of them is written in an iteration of the event loop. */
export class PacedWriter {
  readonly #slowReaderMs: number;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor({ slowReaderMs }: { slowReaderMs: number }) {
    this.#slowReaderMs = slowReaderMs;
  }

  /** Writes chunks and ends the response. The connection is closed if the socket accepts no byte for `slowReaderMs`. It
   *  is also closed if reading the chunks fails: the headers have been sent by then, so closing is the only way to report
   *  the error. */
  async write(response: ServerResponse, chunks: AsyncIterable<string>): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.on('error', () => {});
    response.on('timeout', () => response.destroy());
    const limitReader = (isWaiting: boolean) => response.setTimeout(isWaiting ? this.#slowReaderMs : 0);
    limitReader(false); // the time that the chunks themselves take is not the reader's
    try {
      let until = await this.#nextSlice();
      for await (const chunk of chunks) {
        if (response.destroyed) return;
        if (performance.now() > until) until = await this.#nextSlice();
        if (chunk === '') continue;
        // Buffers instead of strings: Node 26 does not emit `drain` for strings with non-ASCII characters.
        if (response.write(Buffer.from(chunk))) continue;
        limitReader(true);
        await once(response, 'drain', { signal: gone.signal });
        limitReader(false);
      }
      limitReader(true);
      response.end();
    } catch (error) {
      response.destroy();
      if (!gone.signal.aborted) throw error;
    }
  }

  /** Waits for an iteration of the event loop that no other response has, and returns when the turn is over. */
  async #nextSlice(): Promise<number> {
    const turn = this.#lastTurn.then(() => setImmediate());
    this.#lastTurn = turn;
    await turn;
    return performance.now() + sliceMs;
  }
}
