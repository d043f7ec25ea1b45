// Takes `<think>...</think>` at the start of a reply for reasoning, as models of open weights write it. The tags may be
// cut anywhere. Behind them, and where a reply begins with other words, all is text.
import type { DeltaKind } from '../model-event.ts';

const opening = '<think>';
const closing = '</think>';

/** White space that a reply may begin with before it is text, in UTF-16 units. */
const longestBlank = 1_000;

type State = 'start' | 'thinking' | 'behind' | 'text';

/** Tells reasoning and text of one reply apart. */
export class ThinkTags {
  #state: State = 'start';
  #held = '';

  /** Whether all that follows is text. */
  get isOver(): boolean {
    return this.#state === 'text';
  }

  /** Returns what the text so far says; what may be part of a tag is held back. */
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

  /** Returns what was held, now that nothing follows. */
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

/** How much of the end of `text` may be the beginning of the closing tag. */
function partialLength(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (closing.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
