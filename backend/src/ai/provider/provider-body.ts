// The body of a provider's answer, read as it comes, without web streams. Back-pressure is the socket's: what nobody
// reads stays there. Whoever got a body closes or releases it.
import type { IncomingMessage } from 'node:http';

/** Is one answer's body. It has one reader at a time. */
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

  /** Nothing more comes: the body has ended, was closed, or broke. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What broke the connection before the body's end. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Returns all that has come since the last read, as one piece; `undefined` when that is nothing. */
  read(): Buffer | undefined {
    const { readableLength, readableHighWaterMark } = this.#message;
    if (readableLength === 0) return this.#message.read() ?? undefined; // asks for more, and notices the end
    // A bare read() gives but the first piece; asking for more than the mark would raise it, time and again.
    return this.#message.read(Math.min(readableLength, readableHighWaterMark)) ?? undefined;
  }

  /** Resolves when there may be something to read, or the body is over. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isOver) this.#notifyReader();
    });
  }

  /** Closes the connection, at once. */
  close(): void {
    this.#message.destroy();
    this.#finish();
  }

  /** Lets go of a body whose rest does not matter: within `graceMs` the connection is free again, or it is closed. */
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
