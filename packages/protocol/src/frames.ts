// What one SSE `data:` line holds, and its translation from and to events. Keys are only ever added.
import { failureMessages } from './errors.ts';
import { type EndEvent, type FinishReason, finishReasons, type StreamEvent, type Usage } from './events.ts';
import type { Offset } from './offset.ts';

/** Is the JSON of one `data:` line (docs/protocol.md §3). */
export interface Frame {
  readonly content?: string;
  readonly reasoning?: string;
  readonly done: boolean;
  readonly finishReason?: FinishReason;
  readonly usage?: Usage;
  readonly error?: string;
  readonly code?: string;
  readonly trimmedTurns?: number;
}

/** Translates an event into the frame that carries it. The offset travels beside it, in the SSE `id`. */
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

function endFrameOf({ finishReason, usage, code, error, trimmedTurns }: EndEvent): Frame {
  return {
    ...(code && { error: error ?? failureMessages[code], code }),
    done: true,
    finishReason,
    ...(usage && { usage }),
    ...(trimmedTurns !== undefined && { trimmedTurns }),
  };
}

/** Translates a frame back into the event that it carries, `offset` being that of its SSE `id`.
 *  `undefined` for one of a newer server: a reader skips it and takes the id as the truth. The server is trusted:
 *  a `code` may be one of a newer server's. */
export function eventOf(frame: unknown, offset: Offset): StreamEvent | undefined {
  if (typeof frame !== 'object' || frame === null) return undefined;
  const { content, reasoning, done } = frame as Frame;
  if (done === true) return endEventOf(frame as Frame, offset);
  if (typeof content === 'string') return { type: 'text', text: content, offset };
  if (typeof reasoning === 'string') return { type: 'reasoning', text: reasoning, offset };
  return undefined;
}

/** Is apart from what comes for every token: to gather the rest costs more than all else. */
function endEventOf({ done, finishReason, ...end }: Frame, offset: Offset): EndEvent {
  const known = finishReasons.find((reason) => reason === finishReason);
  return {
    ...(end as Partial<EndEvent>),
    type: 'end',
    offset,
    finishReason: known ?? (end.error ? 'error' : 'stop'),
  };
}
