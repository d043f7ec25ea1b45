// The ends of streams that are stored in the database. All reads are retried while the database is unreachable.
import { setTimeout as delay } from 'node:timers/promises';
import { type EndEvent, StreamError, type StreamId } from '@sillage/protocol';
import type { StreamRows } from '../../stream-rows.ts';
import type { OpenStream } from '../../stream-store.ts';

/** Intervals: `pollMs` between reads while there is no end, `retryMs` after a failed read. */
export interface StoredEndsOptions {
  readonly pollMs: number;
  readonly retryMs: number;
  /** Makes pending calls reject with an `AbortError`. */
  readonly signal: AbortSignal;
}

/** Reads ends, and waits for them. */
export class StoredEnds {
  readonly #rows: StreamRows;
  readonly #options: StoredEndsOptions;

  constructor(rows: StreamRows, options: StoredEndsOptions) {
    this.#rows = rows;
    this.#options = options;
  }

  /** Returns the end of a producer that could not write `event`: the stored one, if an earlier commit of this producer was not
   *  confirmed, or `event`, if the stream's row was deleted; `undefined` when another producer has the stream. */
  async findOwn({ streamId, epoch }: OpenStream, event: EndEvent): Promise<EndEvent | undefined> {
    const row = await this.#find(streamId);
    if (row === undefined) return event;
    return row.epoch === epoch ? row.end : undefined;
  }

  /** Waits until another node has stored the end of the stream.
   *  @throws {StreamError} `not-found` when the stream has no row. */
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
