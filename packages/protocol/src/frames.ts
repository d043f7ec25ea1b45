// The JSON of one SSE `data:` line, and its translation from and to events. Keys are only ever added.
import { failureMessages } from './errors.ts';
import { type EndEvent, finishReasons, type ReplyEnd, type StreamEvent } from './events.ts';
import type { Offset } from './offset.ts';

/** The JSON of one `data:` line (docs/protocol.md §3). */
export interface Frame extends Partial<Omit<ReplyEnd, 'code'>> {
  readonly content?: string;
  readonly reasoning?: string;
  readonly done: boolean;
  readonly error?: string;
  readonly code?: string;
  /** Only in the event `auth-expiring`: when the authorization of the connection expires (ISO 8601). */
  readonly expiresAt?: string;
}

/** Translates an event into its frame. The offset is not part of it: it is the SSE `id`. */
export function frameOf(event: StreamEvent): Frame {
  switch (event.type) {
    case 'text':
      return { content: event.text, done: false };
    case 'reasoning':
      return { reasoning: event.text, done: false };
    case 'end':
      return endFrameOf(event);
  }
}

function endFrameOf({ type, offset, code, error, ...end }: EndEvent): Frame {
  return { ...(code && { error: error ?? failureMessages[code], code }), done: true, ...end };
}

/** Translates a frame back into its event; `offset` is that of the SSE `id`. Returns `undefined` for a frame of a newer
 *  server, which a reader skips while it takes the id as the truth. A `code` is not checked: a newer server may have more. */
export function eventOf(frame: unknown, offset: Offset): StreamEvent | undefined {
  const { content, reasoning, done } = (frame ?? {}) as Frame; // any other value has none of the keys
  if (done === true) return endEventOf(frame as Frame, offset);
  if (typeof content === 'string') return { type: 'text', text: content, offset };
  if (typeof reasoning === 'string') return { type: 'reasoning', text: reasoning, offset };
  return undefined;
}

/** Apart from `eventOf`, which runs for every token: collecting the remaining keys costs more than all the rest. */
function endEventOf({ done, finishReason, ...end }: Frame, offset: Offset): EndEvent {
  const known = finishReasons.find((reason) => reason === finishReason);
  return {
    ...(end as Partial<EndEvent>),
    type: 'end',
    offset,
    finishReason: known ?? (end.error ? 'error' : 'stop'),
  };
}
