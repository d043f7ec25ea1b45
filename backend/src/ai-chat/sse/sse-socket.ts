// The only place that writes events to a socket and handles its `drain`, `close` and `error`.
import type { ServerResponse } from 'node:http';
import { watchAuthorization } from '../../auth/authorization.ts';
import type { Notices } from './encoders/notices.ts';
import { writeChunk } from './http-chunk.ts';

/** The comment that keeps an idle connection open. No empty line follows: some readers take one for a message without data. */
const heartbeat = ': heartbeat\n';

/** How long a reader whose authorization was revoked may take to receive its last bytes. */
const lastBytesMs = 1_000;

/** Options of a connection. */
export interface SseSocketOptions {
  /** Headers in addition to those of every event stream. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The first block, which contains the first id. */
  readonly beginning: string;
  /** Notices for the reader about its connection. */
  readonly notices: Notices;
  /** How long the socket may accept no byte before it is closed. */
  readonly slowReaderMs: number;
  /** Called when the socket accepts more data. */
  readonly onReady: () => void;
  /** Called last, when either side has closed the connection. */
  readonly onClose: () => void;
}

/** Writes blocks to a `node:http` response of any framework. Keeps headers that are already set. */
export class SseSocket {
  readonly #response: ServerResponse;
  readonly #options: SseSocketOptions;
  #stopWatching = () => {};

  constructor(response: ServerResponse, options: SseSocketOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** Sends the headers, unless they have been sent, and the first block at once. */
  begin(): void {
    const response = this.#response;
    const { beginning, slowReaderMs, onReady } = this.#options;
    if (response.destroyed) {
      this.#options.onClose();
      return;
    }
    response.on('drain', onReady);
    response.once('close', this.#closed);
    response.on('error', this.#closed);
    response.socket?.setNoDelay(true);
    // Fires when the socket has transferred no byte in either direction; heartbeats are more frequent.
    response.setTimeout(slowReaderMs, () => response.destroy());
    if (!response.headersSent) this.#writeHeaders();
    if (this.write(beginning)) onReady();
    this.#stopWatching = watchAuthorization(response, {
      onExpiring: (expiresAt) => this.write(this.#options.notices.expiring(expiresAt)),
      onRevoked: () => this.#revoke(),
    });
  }

  /** Ends the connection with the notice; nothing else is written. */
  #revoke(): void {
    this.#closed();
    this.write(this.#options.notices.revoked);
    this.end();
    setTimeout(() => this.#response.destroy(), lastBytesMs).unref();
  }

  #writeHeaders(): void {
    this.#response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
      ...this.#options.headers,
    });
  }

  /** Writes blocks; `false` if the caller must wait for `onReady` before the next write. */
  write(text: string): boolean {
    return !this.#response.destroyed && writeChunk(this.#response, text);
  }

  heartbeat(): void {
    if (!this.#response.destroyed) this.#response.write(heartbeat);
  }

  end(): void {
    if (!this.#response.destroyed) this.#response.end();
  }

  readonly #closed = (): void => {
    this.#response.off('drain', this.#options.onReady);
    this.#response.off('close', this.#closed);
    this.#stopWatching();
    this.#options.onClose();
    // The `error` listener stays: an `error` after `close` would otherwise be uncaught.
  };
}
