// Encodes events as SSE text (docs/protocol.md §3).
import { frameOf, type Offset, type StreamEvent, type StreamId } from '@sillage/protocol';

/** Encodes an event: its id, its frame and an empty line. */
export function encodeEvent(streamId: StreamId, event: StreamEvent): string {
  return `id: ${streamId}/${event.offset}\ndata: ${JSON.stringify(frameOf(event))}\n\n`;
}

/** Encodes the first block: it sets `Last-Event-ID` and adds no text. It has data because some readers parse every message. */
export function encodeBeginning(streamId: StreamId, after: Offset): string {
  return encodeEvent(streamId, { type: 'text', text: '', offset: after });
}

/** The comment that keeps an idle connection open. */
export const heartbeat = ': heartbeat\n\n';
