// Encodes the events of one stream in Sillage's own format (docs/protocol.md §3) and writes them to a socket.
import type { ServerResponse } from 'node:http';
import { frameOf, headers, type Offset, type StreamEvent, type StreamId } from '@sillage/protocol';
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
    // The first block sets `Last-Event-ID` and adds no text. It has data because some readers parse every message.
    const beginning = encode(streamId, { type: 'text', text: '', offset: after });
    this.#socket = new SseSocket(response, { ...options, beginning, headers: { [headers.streamId]: streamId } });
    this.#streamId = streamId;
  }

  /** Sends the headers and the first block at once. */
  begin(): void {
    this.#socket.begin();
  }

  write(events: readonly StreamEvent[]): boolean {
    let text = '';
    for (const event of events) text += encode(this.#streamId, event);
    return this.#socket.write(text);
  }

  heartbeat(): void {
    this.#socket.heartbeat();
  }

  end(): void {
    this.#socket.end();
  }
}

/** Encodes an event: its id, its frame and an empty line. */
function encode(streamId: StreamId, event: StreamEvent): string {
  return `id: ${streamId}/${event.offset}\ndata: ${JSON.stringify(frameOf(event))}\n\n`;
}
