// What a reader of the feed is: a counter that moves through the rows as fast as its socket takes them. It holds no queue.
import type { Change } from '../../conversations/feed-rows.ts';

/** Takes changes to one reader. */
export interface FeedSink {
  /** Writes changes; `false` when nothing more should be written before `ready`. */
  write(changes: readonly Change[]): boolean;
  heartbeat(): void;
  /** Ends the connection, after what was written. */
  end(): void;
}

/** Says where to begin, what to read, and how long. */
export interface FeedPumpOptions {
  readonly after: number;
  /** Reads up to so many changes behind a counter. */
  readonly read: (after: number, limit: number) => Promise<readonly Change[]>;
  readonly heartbeatMs: number;
  readonly maxAgeMs: number;
  /** Called once, however it ends. */
  readonly onClose: () => void;
}

const slice = 100;

/** Moves what lies behind a counter to a sink, a slice at a time. */
export class FeedPump {
  readonly #sink: FeedSink;
  readonly #options: FeedPumpOptions;
  #after: number;
  #isReady = false;
  #isReading = false;
  #mayHaveMore = true;
  #isClosed = false;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #maxAge: NodeJS.Timeout;

  constructor(sink: FeedSink, options: FeedPumpOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#after = options.after;
    this.#heartbeat = setTimeout(() => this.#beat(), options.heartbeatMs);
    this.#maxAge = setTimeout(() => this.finish(), options.maxAgeMs);
  }

  /** Tells that there may be more. */
  wake(): void {
    this.#mayHaveMore = true;
    if (!this.#isReading) void this.#pump();
  }

  /** Tells that the sink takes more; the first time, that it takes any. */
  ready(): void {
    this.#isReady = true;
    if (!this.#isReading) void this.#pump();
  }

  /** Lets go of everything; nothing is written after it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#maxAge);
    this.#options.onClose();
  }

  /** Ends the connection: its reader resumes. */
  finish(): void {
    if (this.#isClosed) return;
    this.close();
    this.#sink.end();
  }

  async #pump(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isReady && this.#mayHaveMore && !this.#isClosed) await this.#pumpSlice();
    } catch {
      this.#mayHaveMore = true; // the storage fails: the next heartbeat looks again
    } finally {
      this.#isReading = false;
    }
  }

  async #pumpSlice(): Promise<void> {
    this.#mayHaveMore = false;
    const changes = await this.#options.read(this.#after, slice);
    const last = changes.at(-1);
    if (this.#isClosed || last === undefined) return;
    this.#isReady = this.#sink.write(changes);
    this.#after = last.changed;
    this.#heartbeat.refresh();
    if (changes.length === slice) this.#mayHaveMore = true;
  }

  /** Looks by itself, too: a wake-up is a hint, and may be lost. */
  #beat(): void {
    if (this.#isReady) this.#sink.heartbeat();
    this.#heartbeat.refresh();
    this.wake();
  }
}
