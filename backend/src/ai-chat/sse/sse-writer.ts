// Writes one stream to a socket in Sillage's own format (docs/protocol.md §3).
import type { ServerResponse } from 'node:http';
import { headers, type Offset, type StreamEvent, type StreamId } from '@sillage/protocol';
import { encodeBeginning, encodeEvent } from './sse-encoder.ts';
import { SseSocket, type SseSocketOptions } from './sse-socket.ts';
import type { Sink } from './stream-pump.ts';

/** Options of a writer: the stream and the offset behind which it begins. */
export interface SseWriterOptions extends Omit<SseSocketOptions, 'headers' | 'beginning'> {
  readonly streamId: StreamId;
  readonly after: Offset;
}

/** Writes events to a `node:http` response. */
export class SseWriter implements Sink {
  readonly #socket: SseSocket;
  readonly #streamId: StreamId;

  constructor(response: ServerResponse, { streamId, after, ...options }: SseWriterOptions) {
    const beginning = encodeBeginning(streamId, after);
    this.#socket = new SseSocket(response, { ...options, beginning, headers: { [headers.streamId]: streamId } });
    this.#streamId = streamId;
  }

  /** Sends the headers and the first block at once. */
  begin(): void {
    this.#socket.begin();
  }

  write(events: readonly StreamEvent[]): boolean {
    let text = '';
    for (const event of events) text += encodeEvent(this.#streamId, event);
    return this.#socket.write(text);
  }

  heartbeat(): void {
    this.#socket.heartbeat();
  }

  end(): void {
    this.#socket.end();
  }
}
