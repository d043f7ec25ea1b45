// Body of a provider's response, read as it arrives, without web streams. Backpressure is that of the socket: unread
// data stays there. The receiver of a body closes or releases it.
import type { IncomingMessage } from 'node:http';
import type { Arrivals } from './arrivals.ts';

/** Takes a piece of the body, and returns whether it takes more. */
type Take = (bytes: Buffer) => boolean;

interface Reader extends PromiseWithResolvers<void> {
  readonly take: Take;
  readonly isWanted: () => boolean;
}

/** Body of one response. It has one reader at a time. */
export class ProviderBody {
  readonly #message: IncomingMessage;
  readonly #arrivals: Arrivals;
  #isArriving = false;
  #isOver = false;
  /** Whether what has gathered is discarded. */
  #isClosed = false;
  #failure: Error | undefined;
  #reader: Reader | undefined;

  constructor(message: IncomingMessage, arrivals: Arrivals) {
    this.#message = message;
    this.#arrivals = arrivals;
    message.on('readable', this.#arrived); // once per read of the socket; `data` would come once per HTTP chunk
    message.on('end', () => this.#finish());
    message.on('error', (error) => this.#finish(error));
    message.on('close', () => this.#finish());
  }

  /** Error that interrupted the connection before the end of the body. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Calls `take` with all data of one iteration of the event loop as one piece, until it returns `false` or the body is over.
   *  While `isWanted` returns `false`, data gathers; `continue` goes on.
   *  @throws what `take` throws. */
  read(take: Take, { isWanted }: { isWanted: () => boolean }): Promise<void> {
    const reader = { ...Promise.withResolvers<void>(), take, isWanted };
    this.#reader = reader;
    this.continue();
    return reader.promise;
  }

  /** Takes what has gathered, soon. Returns whether there is anything. */
  continue(): boolean {
    const hasAny = this.#hasData || this.#isOver;
    if (hasAny) this.#arrived();
    return hasAny;
  }

  /** Closes the connection immediately. */
  close(): void {
    this.#isClosed = true;
    this.#message.destroy();
    this.#finish();
  }

  /** Discards the rest of the body: the connection is reusable within `graceMs`, or it is closed. */
  release(graceMs: number): void {
    if (this.#isOver) return;
    const timer = setTimeout(() => this.close(), graceMs);
    timer.unref();
    this.#message.once('close', () => clearTimeout(timer));
    this.#message.off('readable', this.#arrived);
    this.#message.resume();
  }

  get #hasData(): boolean {
    return !this.#isClosed && this.#message.readableLength > 0;
  }

  #finish(failure?: Error): void {
    if (!this.#isOver) this.#failure = failure;
    this.#isOver = true;
    this.#arrived();
  }

  readonly #arrived = (): void => {
    if (this.#isArriving) return;
    this.#isArriving = true;
    this.#arrivals.add(this.#deliver);
  };

  readonly #deliver = (): void => {
    this.#isArriving = false;
    const reader = this.#reader;
    if (reader === undefined) return;
    try {
      if (this.#hasData && !reader.isWanted()) return;
      const bytes = this.#takeBytes();
      const takesMore = bytes === null || reader.take(bytes);
      if (takesMore && this.#hasData) this.#arrived();
      else if (!takesMore || this.#isOver) {
        this.#reader = undefined;
        reader.resolve();
      }
    } catch (error) {
      this.#reader = undefined;
      reader.reject(error);
    }
  };

  /** Takes what the message has buffered as one piece; emits `end` after the last. */
  #takeBytes(): Buffer | null {
    const { readableLength, readableHighWaterMark } = this.#message;
    // Without a size, Node 26 returns one HTTP chunk. A size above the high-water mark would raise the mark.
    const bytes: Buffer | null = this.#hasData
      ? this.#message.read(Math.min(readableLength, readableHighWaterMark))
      : null;
    if (!this.#hasData) this.#message.read(0);
    return bytes;
  }
}
