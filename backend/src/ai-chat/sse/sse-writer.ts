// Writes the events of one stream to a socket, in the format of an encoder.
import type { ServerResponse } from 'node:http';
import type { StreamEvent } from '@sillage/protocol';
import type { StreamEncoder } from './encoders/stream-encoder.ts';
import { SseSocket, type SseSocketOptions } from './sse-socket.ts';
import type { Sink } from './stream-pump.ts';

/** Options of a writer. */
export interface SseWriterOptions extends Omit<SseSocketOptions, 'headers' | 'beginning' | 'notices'> {
  readonly encoder: StreamEncoder;
}

/** Writes events to a `node:http` response. */
export class SseWriter implements Sink {
  readonly #socket: SseSocket;
  readonly #encoder: StreamEncoder;

  constructor(response: ServerResponse, { encoder, ...options }: SseWriterOptions) {
    const { headers, beginning, notices } = encoder;
    this.#socket = new SseSocket(response, { ...options, headers, beginning, notices });
    this.#encoder = encoder;
  }

  /** Sends the headers and the first block at once. */
  begin(): void {
    this.#socket.begin();
  }

  write(events: readonly StreamEvent[]): boolean {
    let text = '';
    for (const event of events) text += this.#encoder.encode(event);
    return this.#socket.write(text);
  }

  heartbeat(): void {
    this.#socket.heartbeat();
  }

  end(): void {
    this.#socket.end();
  }
}
