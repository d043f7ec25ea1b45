// Ended streams that are being read: loaded once, shared by their readers, gone with the last of them.
import type { StreamId } from '@sillage/protocol';
import { LiveStream } from './live-stream.ts';
import type { Body, StreamRows } from './stream-rows.ts';
import type { StreamView } from './stream-store.ts';
import { viewOf } from './stream-view.ts';

/** Opens ended streams. */
export class EndedStreams {
  readonly #rows: StreamRows;
  readonly #read = new Map<StreamId, LiveStream>();

  constructor(rows: StreamRows) {
    this.#rows = rows;
  }

  /** Keeps a stream that has ended under its readers, if it has any. */
  keep(streamId: StreamId, live: LiveStream): void {
    if (live.unread === undefined) this.#read.set(streamId, live);
  }

  /** Opens a stream that is being read already. */
  openKept(streamId: StreamId, wake: () => void): StreamView | undefined {
    const live = this.#read.get(streamId);
    return live && this.view(streamId, live, wake);
  }

  /** Opens a stream; `undefined` where it has not ended, or where its text is gone. */
  async open(streamId: StreamId, wake: () => void): Promise<StreamView | undefined> {
    const [record, body] = [await this.#rows.find(streamId), await this.#rows.findBody(streamId)];
    if (!this.#read.has(streamId)) {
      if (record?.end === undefined || body === undefined) return undefined;
      if (lengthOf(body) !== record.end.offset - 1) return undefined; // the database refused the text, or a part of it
      const live = new LiveStream();
      live.settle(body, record.end);
      this.#read.set(streamId, live);
    }
    return this.openKept(streamId, wake);
  }

  /** Builds the view of one more reader of a stream, which may be kept here by the time that it closes. */
  view(streamId: StreamId, live: LiveStream, wake: () => void): StreamView {
    const removeReader = live.addReader(wake);
    return viewOf(streamId, live, () => {
      removeReader();
      if (live.unread && this.#read.get(streamId) === live) this.#read.delete(streamId);
    });
  }
}

function lengthOf(body: Body): number {
  return body.reduce((length, [, text]) => length + text.length, 0);
}
