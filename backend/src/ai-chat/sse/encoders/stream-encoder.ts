// The port of wire formats: encodes the events of one stream for one reader. Every implementation passes
// `streamEncoderContract`.
import type { Offset, StreamEvent, StreamId } from '@sillage/protocol';
import type { Notices } from './notices.ts';

/** The stream that a reader follows, and the offset after which it begins. */
export interface EncodedRead {
  readonly streamId: StreamId;
  readonly after: Offset;
}

/** The stored message that a stream is the text of. */
export interface StreamMessage {
  readonly id: string;
  readonly model?: string | undefined;
}

/** Encodes events as SSE blocks. An encoder belongs to one connection: it knows which part of the message is open. */
export interface StreamEncoder {
  /** Headers in addition to those of every event stream. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first block, sent together with the headers. */
  readonly beginning: string;
  /** Notices about the connection. */
  readonly notices: Notices;
  /** Encodes the next event as whole blocks. Must be called once per event, in order. */
  encode(event: StreamEvent): string;
}

/** Creates the encoder of one connection. */
export type CreateEncoder = (read: EncodedRead) => StreamEncoder;

/** Encodes JSON values as one SSE block each. The `id` is in the last block only: a reader that has not received every block
 *  of an event has not received the event. */
export function blocksOf(parts: readonly unknown[], id: string): string {
  let blocks = '';
  for (let index = 0; index < parts.length; index++) {
    if (index === parts.length - 1) blocks += `id: ${id}\n`;
    blocks += `data: ${JSON.stringify(parts[index])}\n\n`;
  }
  return blocks;
}
