// Body of a provider's response, read as it arrives, without web streams. Backpressure is that of the socket: unread
// data stays there. The receiver of a body closes or releases it.
import type { IncomingMessage } from 'node:http';

/** Body of one response. It has one reader at a time. */
export class ProviderBody {
  readonly #message: IncomingMessage;
  #isOver = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
    message.on('readable', () => this.#notifyReader());
    message.on('end', () => this.#finish());
    message.on('error', (error) => this.#finish(error));
    message.on('close', () => this.#finish());
  }

  /** Whether the body has ended, was closed, or its connection failed. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Error that interrupted the connection before the end of the body. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Returns all data since the last read as one piece; `undefined` if there is none. */
  read(): Buffer | undefined {
    const { readableLength, readableHighWaterMark } = this.#message;
    if (readableLength === 0) return this.#message.read() ?? undefined; // read() requests more data and detects the end
    // A bare read() returns only the first piece, and a size above the high-water mark would raise the mark each time.
    return this.#message.read(Math.min(readableLength, readableHighWaterMark)) ?? undefined;
  }

  /** Resolves when there may be data to read, or the body is over. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isOver) this.#notifyReader();
    });
  }

  /** Closes the connection immediately. */
  close(): void {
    this.#message.destroy();
    this.#finish();
  }

  /** Discards the rest of the body: the connection is reusable within `graceMs`, or it is closed. */
  release(graceMs: number): void {
    if (this.#isOver) return;
    const timer = setTimeout(() => this.close(), graceMs);
    timer.unref();
    this.#message.once('close', () => clearTimeout(timer));
    this.#message.removeAllListeners('readable');
    this.#message.resume();
  }

  #finish(failure?: Error): void {
    if (!this.#isOver) this.#failure = failure;
    this.#isOver = true;
    this.#notifyReader();
  }

  #notifyReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
