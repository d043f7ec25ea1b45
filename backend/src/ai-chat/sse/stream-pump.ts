// What a reader is: an offset that moves through a stream as fast as its socket takes it. It holds no queue.
import { limits, type Offset, type StreamEvent } from '@sillage/protocol';
import type { StreamView } from '../../streams/stream-store.ts';

/** Takes events to one reader. */
export interface Sink {
  /** Writes events; `false` when nothing more should be written before `onReady`. */
  write(events: readonly StreamEvent[]): boolean;
  heartbeat(): void;
  /** Ends the connection, after what was written. */
  end(): void;
}

/** Moves what lies behind an offset to a sink: merged, a slice at a time, with what has gathered while the sink was full. */
export class StreamPump {
  readonly #view: StreamView;
  readonly #sink: Sink;
  #after: Offset;
  #isReady = false;
  #isClosed = false;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #maxAge: NodeJS.Timeout;

  constructor(view: StreamView, sink: Sink, options: { after: Offset; heartbeatMs: number; maxAgeMs: number }) {
    this.#view = view;
    this.#sink = sink;
    this.#after = options.after;
    this.#heartbeat = setTimeout(() => this.#beat(), options.heartbeatMs);
    this.#maxAge = setTimeout(() => this.#finish(), options.maxAgeMs);
  }

  /** Tells that more has been stored. */
  wake(): void {
    while (this.#isReady && !this.#isClosed) {
      const events = this.#slice();
      if (events.length === 0) break;
      this.#isReady = this.#sink.write(events);
      this.#heartbeat.refresh();
      if (events.at(-1)?.type === 'end') this.#finish();
    }
    // Beyond a stream that ended shorter there is nothing to come: the reader finds out by asking again.
    if (this.#isReady && this.#view.end !== undefined && this.#after >= this.#view.end.offset) this.#finish();
  }

  /** Tells that the sink takes more; the first time, that it takes any. */
  ready(): void {
    this.#isReady = true;
    this.wake();
  }

  /** Lets go of everything; nothing is written after it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#maxAge);
    this.#view.close();
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

  #beat(): void {
    if (this.#isReady) this.#sink.heartbeat();
    this.#heartbeat.refresh();
  }

  #finish(): void {
    if (this.#isClosed) return;
    this.close();
    this.#sink.end();
  }
}
