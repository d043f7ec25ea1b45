// Makes text storable everywhere: a surrogate cut between two deltas waits for its half; one that stays alone, and
// U+0000, become U+FFFD. One unit for one unit, so that offsets stay true.
import { isHighSurrogate } from '@sillage/protocol';

const replacement = '\uFFFD';

/** Mends one sequence of deltas; the joined results do not depend on where the text was cut. */
export class WellFormedText {
  #held = '';

  /** Returns what can be said by now: `text` mended, but for a high surrogate at its end. */
  push(text: string): string {
    let whole = this.#held + text;
    this.#held = '';
    if (isHighSurrogate(whole.charCodeAt(whole.length - 1))) {
      this.#held = whole.slice(-1);
      whole = whole.slice(0, -1);
    }
    return mended(whole);
  }

  /** Returns what was held, now that nothing follows it. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return mended(held);
  }
}

function mended(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', replacement) : wellFormed;
}
