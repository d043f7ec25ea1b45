// Encodes events as SSE text (docs/protocol.md §3).
import { formatEventId, frameOf, type Offset, type StreamEvent, type StreamId } from '@sillage/protocol';

/** Encodes an event: its id, its frame and an empty line. */
export function encodeEvent(streamId: StreamId, event: StreamEvent): string {
  return `id: ${streamId}/${event.offset}\ndata: ${JSON.stringify(frameOf(event))}\n\n`;
}

/** Encodes the first block: an id that sets `Last-Event-ID`, without data. */
export function encodeBeginning(streamId: StreamId, after: Offset): string {
  return `id: ${formatEventId({ streamId, offset: after })}\n\n`;
}

/** The comment that keeps an idle connection open. */
export const heartbeat = ': heartbeat\n\n';
