// Translates text and reasoning into the parts of an AI SDK message: one part for each run of the same type.
import type { UIMessageChunk } from 'ai';
import type { ReadEvent } from '../stream/read-stream.ts';

type PartType = 'text' | 'reasoning';

/** The parts of one message while it grows. */
export interface MessageParts {
  /** Returns the chunks of what one network read brought: one delta for each run. */
  chunksOf(events: readonly ReadEvent[]): readonly UIMessageChunk[];
  /** Returns the chunk that completes the part that is open. */
  close(): readonly UIMessageChunk[];
}

/** Creates the parts of one message. A stream that is read again from its start repeats nothing. */
export function createMessageParts(): MessageParts {
  /** How much was read since the last start, and how much of it was passed on, in UTF-16 units. */
  const read = { text: 0, reasoning: 0 };
  const given = { text: 0, reasoning: 0 };
  let open: { readonly type: PartType; readonly id: string } | undefined;
  let count = 0;

  function close(): readonly UIMessageChunk[] {
    const closed = open;
    open = undefined;
    return closed ? [{ type: `${closed.type}-end`, id: closed.id }] : [];
  }

  function add(chunks: UIMessageChunk[], type: PartType, delta: string): void {
    if (open?.type !== type) {
      chunks.push(...close());
      open = { type, id: `${type}-${++count}` };
      chunks.push({ type: `${type}-start`, id: open.id });
    }
    const last = chunks.at(-1);
    if (last && 'delta' in last) last.delta += delta;
    else chunks.push({ type: `${type}-delta`, id: open.id, delta });
  }

  return {
    chunksOf(events) {
      const chunks: UIMessageChunk[] = [];
      for (const event of events) {
        if (event.type === 'restarted') read.text = read.reasoning = 0;
        if (event.type !== 'text' && event.type !== 'reasoning') continue;
        const { type, text } = event;
        read[type] += text.length;
        const fresh = read[type] - given[type];
        if (fresh <= 0) continue;
        given[type] = read[type];
        add(chunks, type, text.slice(-fresh));
      }
      return chunks;
    },
    close,
  };
}
