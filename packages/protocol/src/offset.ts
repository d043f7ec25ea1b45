// Where a reader is in a stream. An offset survives merging and cutting of events, because text counts its own length.

/** Names one stream: a ULID, given by the server. */
export type StreamId = string;

/** How far into a stream: text and reasoning count their UTF-16 length, any other event counts 1 (docs/protocol.md §4). */
export type Offset = number;

/** Says how far an SSE `id` reaches: which stream, and the offset behind the event. */
export interface EventId {
  readonly streamId: StreamId;
  readonly offset: Offset;
}

/** Builds the SSE `id` of an event: `<streamId>/<offset>`. */
export function formatEventId({ streamId, offset }: EventId): string {
  return `${streamId}/${offset}`;
}

/** Reads an SSE `id` or a `Last-Event-ID` header; `undefined` for anything that this protocol did not write. */
export function parseEventId(text: string): EventId | undefined {
  const match = /^([0-9A-Za-z]{1,64})\/(0|[1-9][0-9]{0,14})$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { streamId: match[1], offset: Number(match[2]) };
}
