// The ended streams that have readers: each is loaded once, shared by its readers, and dropped with the last one.
import type { StreamId } from '@sillage/protocol';
import { LiveStream } from './live-stream.ts';
import type { Body, StreamBodies } from './stream-bodies.ts';
import type { StreamRows } from './stream-rows.ts';
import type { StreamView } from './stream-store.ts';

/** Opens ended streams for reading. */
export class EndedStreams {
  readonly #rows: StreamRows;
  readonly #bodies: StreamBodies;
  readonly #kept = new Map<StreamId, LiveStream>();

  constructor(rows: StreamRows, bodies: StreamBodies) {
    this.#rows = rows;
    this.#bodies = bodies;
  }

  /** Keeps a stream that has just ended, if it has readers. */
  keep(streamId: StreamId, live: LiveStream): void {
    if (live.unread === undefined) this.#kept.set(streamId, live);
  }

  /** Opens a stream that already has a reader; `undefined` for any other. */
  openKept(streamId: StreamId, notify: () => void): StreamView | undefined {
    const live = this.#kept.get(streamId);
    return live && this.view(streamId, live, notify);
  }

  /** Opens a stream; `undefined` when it has not ended, or its text is deleted or incomplete. */
  async open(streamId: StreamId, notify: () => void): Promise<StreamView | undefined> {
    const [record, body] = [await this.#rows.find(streamId), await this.#bodies.find(streamId)];
    if (!this.#kept.has(streamId)) {
      if (record?.end === undefined || body === undefined) return undefined;
      if (lengthOf(body) !== record.end.offset - 1) return undefined; // the database rejected the text or a part of it
      const live = new LiveStream();
      live.settle(body, record.end);
      this.#kept.set(streamId, live);
    }
    return this.openKept(streamId, notify);
  }

  /** Adds a reader to a stream that is open, or kept here. On `close`, drops the stream if it is kept here without readers. */
  view(streamId: StreamId, live: LiveStream, notify: () => void): StreamView {
    return live.open(notify, () => {
      if (live.unread && this.#kept.get(streamId) === live) this.#kept.delete(streamId);
    });
  }
}

function lengthOf(body: Body): number {
  return body.reduce((length, [, text]) => length + text.length, 0);
}
