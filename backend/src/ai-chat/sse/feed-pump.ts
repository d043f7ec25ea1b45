// Sends the feed to one reader. Its only state is the counter of the last change sent; there is no queue, so a slow socket
// costs no memory.
import type { Change } from '../../conversations/feed/feed-rows.ts';

/** The destination of changes: the connection of one reader. */
export interface FeedSink {
  /** Writes changes; `false` if the caller must wait for `ready` before the next write. */
  write(changes: readonly Change[]): boolean;
  heartbeat(): void;
  /** Ends the connection after the written changes. */
  end(): void;
}

/** Options of a feed pump. */
export interface FeedPumpOptions {
  /** The counter after which the feed begins. */
  readonly after: number;
  /** Reads at most `limit` changes after a counter. */
  readonly read: (after: number, limit: number) => Promise<readonly Change[]>;
  readonly heartbeatMs: number;
  readonly maxAgeMs: number;
  /** Called once when the pump is closed. */
  readonly onClose: () => void;
}

const slice = 100;

/** Reads the changes after a counter in slices and writes them to a sink. */
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
    this.#heartbeat = setTimeout(() => this.#onIdle(), options.heartbeatMs);
    this.#maxAge = setTimeout(() => this.finish(), options.maxAgeMs);
  }

  /** Notifies the pump that there may be more changes. */
  notify(): void {
    this.#mayHaveMore = true;
    if (!this.#isReading) void this.#pump();
  }

  /** Notifies the pump that the sink accepts data; nothing is written before the first call. */
  ready(): void {
    this.#isReady = true;
    if (!this.#isReading) void this.#pump();
  }

  /** Releases all resources; nothing is written afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#maxAge);
    this.#options.onClose();
  }

  /** Ends the connection, so that its reader resumes. */
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
      this.#mayHaveMore = true; // the storage failed and has logged it; the next heartbeat reads again
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

  /** Sends a heartbeat and polls for changes, as a notification may be lost. */
  #onIdle(): void {
    if (this.#isReady) this.#sink.heartbeat();
    this.#heartbeat.refresh();
    this.notify();
  }
}
