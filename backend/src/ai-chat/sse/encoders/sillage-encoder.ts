// Sillage's own format (docs/protocol.md §3): one event is one block.
import { frameOf, headers, type StreamEvent } from '@sillage/protocol';
import { namedNotices } from './notices.ts';
import type { EncodedRead, StreamEncoder } from './stream-encoder.ts';

/** Their frames have `done` and, where it is not an error, a text, because some readers parse every message. */
const notices = namedNotices({ expiring: { content: '', done: false }, revoked: { done: false } });

/** Encodes an event as its id, its frame and an empty line. */
export class SillageEncoder implements StreamEncoder {
  readonly headers: Readonly<Record<string, string>>;
  readonly beginning: string;
  readonly notices = notices;
  readonly #streamId: string;

  constructor({ streamId, after }: EncodedRead) {
    this.#streamId = streamId;
    this.headers = { [headers.streamId]: streamId };
    // Sets `Last-Event-ID` and adds no text. It has data because some readers parse every message.
    this.beginning = this.encode({ type: 'text', text: '', offset: after });
  }

  encode(event: StreamEvent): string {
    return `id: ${this.#streamId}/${event.offset}\ndata: ${JSON.stringify(frameOf(event))}\n\n`;
  }
}
