// The position of a reader in a stream. Offsets stay valid when events are merged or cut, because text counts its length.

/** The id of one stream: a ULID, chosen by the server. */
export type StreamId = string;

/** A position in a stream: text and reasoning count their UTF-16 length, any other event counts 1 (docs/protocol.md §4). */
export type Offset = number;

/** A parsed SSE `id`: the stream, and the offset after the event. */
export interface EventId {
  readonly streamId: StreamId;
  readonly offset: Offset;
}

/** Formats the SSE `id` of an event: `<streamId>/<offset>`. */
export function formatEventId({ streamId, offset }: EventId): string {
  return `${streamId}/${offset}`;
}

/** Parses an SSE `id` or a `Last-Event-ID` header; `undefined` for anything that is not of this protocol. */
export function parseEventId(text: string): EventId | undefined {
  const [, streamId, offset] = /^([0-9A-Za-z]{1,64})\/(0|[1-9][0-9]{0,14})$/.exec(text) ?? [];
  return streamId ? { streamId, offset: Number(offset) } : undefined;
}
