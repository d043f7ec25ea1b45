// The one place that writes events to a socket: drain, close and error are heard here, and nowhere else.
import type { ServerResponse } from 'node:http';
import { heartbeat } from './sse-encoder.ts';

/** Says how a connection begins, how long its socket may take no byte, and whom to tell. */
export interface SseSocketOptions {
  /** Besides those of every event stream. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The first block: where reading begins. */
  readonly beginning: string;
  readonly slowReaderMs: number;
  /** The socket takes more. */
  readonly onReady: () => void;
  /** The connection is gone, whoever ended it; nothing is told after it. */
  readonly onClose: () => void;
}

/** Writes blocks to a `node:http` response, whatever framework made it; headers that are set already stay. */
export class SseSocket {
  readonly #response: ServerResponse;
  readonly #options: SseSocketOptions;

  constructor(response: ServerResponse, options: SseSocketOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** Sends the headers at once, and where reading begins. */
  begin(): void {
    const response = this.#response;
    const { headers, beginning, slowReaderMs, onReady } = this.#options;
    if (response.destroyed) {
      this.#options.onClose();
      return;
    }
    response.on('drain', onReady);
    response.once('close', this.#closed);
    response.on('error', this.#closed);
    response.socket?.setNoDelay(true);
    // Fires when the socket moved no byte either way, a write under way included; heartbeats are shorter.
    response.setTimeout(slowReaderMs, () => response.destroy());
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    });
    if (this.write(beginning)) onReady();
  }

  /** Writes blocks, as bytes (see write-buffers.ts); `false` when nothing more should be written before `onReady`. */
  write(text: string): boolean {
    return !this.#response.destroyed && this.#response.write(Buffer.from(text));
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
    this.#options.onClose();
    // `error` stays heard: one that comes after `close` has nobody else to go to.
  };
}
