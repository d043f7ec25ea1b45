// The one place that writes a stream to a socket: drain, close and error are heard here, and nowhere else.
import type { ServerResponse } from 'node:http';
import { headers, type Offset, type StreamEvent, type StreamId } from '@sillage/protocol';
import { encodeBeginning, encodeEvent, heartbeat } from './sse-encoder.ts';
import type { Sink } from './stream-pump.ts';

/** Says where a connection begins, how long its socket may take no byte, and whom to tell. */
export interface SseWriterOptions {
  readonly streamId: StreamId;
  readonly after: Offset;
  readonly slowReaderMs: number;
  /** The socket takes more. */
  readonly onReady: () => void;
  /** The connection is gone, whoever ended it; nothing is told after it. */
  readonly onClose: () => void;
}

/** Writes events to a `node:http` response, whatever framework made it; headers that are set already stay. */
export class SseWriter implements Sink {
  readonly #response: ServerResponse;
  readonly #options: SseWriterOptions;

  constructor(response: ServerResponse, options: SseWriterOptions) {
    this.#response = response;
    this.#options = options;
  }

  /** Sends the headers at once, and where reading begins. */
  begin(): void {
    const response = this.#response;
    const { streamId, after, slowReaderMs, onReady } = this.#options;
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
      [headers.streamId]: streamId,
    });
    if (response.write(encodeBeginning(streamId, after))) onReady();
  }

  write(events: readonly StreamEvent[]): boolean {
    if (this.#response.destroyed) return false;
    let text = '';
    for (const event of events) text += encodeEvent(this.#options.streamId, event);
    return this.#response.write(text);
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
