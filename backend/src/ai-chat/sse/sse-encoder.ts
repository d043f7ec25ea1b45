// Sillage's own tongue: events as SSE text (docs/protocol.md §3).
import { formatEventId, frameOf, type Offset, type StreamEvent, type StreamId } from '@sillage/protocol';

/** Encodes an event: its id, its frame, an empty line. */
export function encodeEvent(streamId: StreamId, event: StreamEvent): string {
  return `id: ${streamId}/${event.offset}\ndata: ${JSON.stringify(frameOf(event))}\n\n`;
}

/** Encodes where reading begins: it sets `Last-Event-ID` and shows nothing. */
export function encodeBeginning(streamId: StreamId, after: Offset): string {
  return `id: ${formatEventId({ streamId, offset: after })}\n\n`;
}

/** Keeps a quiet connection open. */
export const heartbeat = ': heartbeat\n\n';
