// Sends a stream to one reader. Its only state is the offset of the last event sent; there is no queue, so a slow socket
// costs no memory.
import { limits, type Offset, type StreamEvent } from '@sillage/protocol';
import type { StreamView } from '../../streams/stream-store.ts';

/** The destination of events: the connection of one reader. */
export interface Sink {
  /** Writes events; `false` if the caller must wait for `ready` before the next write. */
  write(events: readonly StreamEvent[]): boolean;
  heartbeat(): void;
  /** Ends the connection after the written events. */
  end(): void;
}

/** Options of a pump. */
export interface StreamPumpOptions {
  readonly after: Offset;
  readonly heartbeatMs: number;
  readonly maxAgeMs: number;
  /** Called after the stream was written up to an offset. */
  readonly onWritten?: ((offset: Offset) => void) | undefined;
  /** Called once when the pump is closed. */
  readonly onClose?: () => void;
}

/** Writes the events after an offset to a sink in slices. Text that accumulated while the sink was full is merged. */
export class StreamPump {
  readonly #view: StreamView;
  readonly #sink: Sink;
  #after: Offset;
  #isReady = false;
  #isClosed = false;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #maxAge: NodeJS.Timeout;
  readonly #onClose: (() => void) | undefined;
  readonly #onWritten: ((offset: Offset) => void) | undefined;

  constructor(view: StreamView, sink: Sink, { after, heartbeatMs, maxAgeMs, onWritten, onClose }: StreamPumpOptions) {
    this.#view = view;
    this.#sink = sink;
    this.#after = after;
    this.#onClose = onClose;
    this.#onWritten = onWritten;
    this.#heartbeat = setTimeout(() => this.#onIdle(), heartbeatMs);
    this.#maxAge = setTimeout(() => this.#finish(), maxAgeMs);
  }

  /** Notifies the pump that more was stored. */
  notify(): void {
    while (this.#isReady && !this.#isClosed) {
      const events = this.#slice();
      if (events.length === 0) break;
      this.#isReady = this.#sink.write(events);
      this.#onWritten?.(this.#after);
      this.#heartbeat.refresh();
      if (events.at(-1)?.type === 'end') this.#finish();
    }
    // A reader whose offset is past the end gets no event; its next request gets the error response.
    if (this.#isReady && this.#view.end !== undefined && this.#after >= this.#view.end.offset) this.#finish();
  }

  /** Notifies the pump that the sink accepts data; nothing is written before the first call. */
  ready(): void {
    this.#isReady = true;
    this.notify();
  }

  /** Releases all resources; nothing is written afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#maxAge);
    this.#view.close();
    this.#onClose?.();
  }

  /** The length of the stored text that the reader has not been sent. */
  get lag(): number {
    return Math.max(0, this.#view.stored - this.#after);
  }

  #slice(): StreamEvent[] {
    const events: StreamEvent[] = [];
    const until = this.#after + limits.eventLength;
    while (this.#after < until) {
      const event = this.#view.next(this.#after);
      if (event === undefined) break;
      events.push(event);
      this.#after = event.offset;
      if (event.type === 'end') break;
    }
    return events;
  }

  #onIdle(): void {
    if (this.#isReady) this.#sink.heartbeat();
    this.#heartbeat.refresh();
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.close();
    this.#sink.end();
  }
}
