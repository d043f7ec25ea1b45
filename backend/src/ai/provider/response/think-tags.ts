// Reads `<think>...</think>` at the start of a reply as reasoning, as open-weight models write it. Tags may be split
// anywhere. Text after them, and all of a reply without an opening tag, is reply text.
import type { DeltaKind } from '../../model-event.ts';

const opening = '<think>';
const closing = '</think>';

/** Longest white space before the opening tag, in UTF-16 units. */
const longestBlank = 1_000;

type State = 'start' | 'thinking' | 'behind' | 'text';

/** Separates reasoning from the text of one reply. */
export class ThinkTags {
  #state: State = 'start';
  #held = '';

  /** Whether all following text belongs to the reply. */
  get isOver(): boolean {
    return this.#state === 'text';
  }

  /** Returns the deltas of the text so far; a possible part of a tag is held back. */
  push(text: string): { type: DeltaKind; text: string }[] {
    this.#held += text;
    const events: { type: DeltaKind; text: string }[] = [];
    for (let before: State | undefined; before !== this.#state; ) {
      before = this.#state;
      const event = this.#step();
      if (event !== undefined && event.text !== '') events.push(event);
    }
    return events;
  }

  /** Returns the held text at the end of the reply. */
  end(): { type: DeltaKind; text: string }[] {
    const text = this.#state === 'behind' ? '' : this.#held;
    const type = this.#state === 'thinking' ? 'reasoning' : 'text';
    this.#held = '';
    this.#state = 'text';
    return text === '' ? [] : [{ type, text }];
  }

  #step(): { type: DeltaKind; text: string } | undefined {
    switch (this.#state) {
      case 'start':
        return this.#start();
      case 'thinking':
        return this.#think();
      case 'behind':
        this.#held = this.#held.trimStart();
        if (this.#held !== '') this.#state = 'text';
        return undefined;
      case 'text':
        return { type: 'text', text: this.#take(this.#held.length) };
    }
  }

  #start(): undefined {
    const begun = this.#held.trimStart();
    if (begun.startsWith(opening)) {
      this.#held = begun.slice(opening.length).trimStart();
      this.#state = 'thinking';
    } else if (!opening.startsWith(begun) || this.#held.length > longestBlank) {
      this.#state = 'text';
    }
  }

  #think(): { type: DeltaKind; text: string } {
    const end = this.#held.indexOf(closing);
    if (end < 0) return { type: 'reasoning', text: this.#take(this.#held.length - partialLength(this.#held)) };
    const text = this.#take(end);
    this.#take(closing.length);
    this.#state = 'behind';
    return { type: 'reasoning', text };
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return taken;
  }
}

/** Returns the length of the suffix of `text` that may start the closing tag. */
function partialLength(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (closing.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
