// What the database says of ends. Whoever waits for an end waits for the database, too, where that is away.
import { setTimeout as delay } from 'node:timers/promises';
import { type EndEvent, StreamError, type StreamId } from '@sillage/protocol';
import type { StreamRows } from '../../stream-rows.ts';

/** Says how often to ask, while there is no end and while there is no answer. */
export interface StoredEndsOptions {
  readonly pollMs: number;
  readonly retryMs: number;
  /** Ends the waiting, with an `AbortError`. */
  readonly signal: AbortSignal;
}

/** Finds ends, and waits for them. */
export class StoredEnds {
  readonly #rows: StreamRows;
  readonly #options: StoredEndsOptions;

  constructor(rows: StreamRows, options: StoredEndsOptions) {
    this.#rows = rows;
    this.#options = options;
  }

  /** Says of an end that was refused that there is no other to wait for: this very one was written before its connection
   *  was lost, or even the row is gone, and those who are reading see it end. */
  async isOver(streamId: StreamId, event: EndEvent): Promise<boolean> {
    const row = await this.#find(streamId);
    return row === undefined || (row.end?.offset === event.offset && row.end.finishReason === event.finishReason);
  }

  /** Waits for the end that another gives the stream.
   *  @throws {StreamError} `not-found` where there is no such stream. */
  async wait(streamId: StreamId): Promise<EndEvent> {
    for (;;) {
      const row = await this.#find(streamId);
      if (row === undefined) throw new StreamError('not-found', `There is no stream ${streamId}.`);
      if (row.end !== undefined) return row.end;
      await delay(this.#options.pollMs, undefined, { signal: this.#options.signal });
    }
  }

  async #find(streamId: StreamId): ReturnType<StreamRows['findRow']> {
    for (;;) {
      try {
        return await this.#rows.findRow(streamId);
      } catch (error) {
        if (!(error instanceof StreamError) || error.code !== 'storage') throw error;
        await delay(this.#options.retryMs, undefined, { signal: this.#options.signal });
      }
    }
  }
}
