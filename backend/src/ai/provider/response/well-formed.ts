// Repairs text so that every store accepts it: a surrogate pair that is split between two deltas is rejoined; unpaired
// surrogates and U+0000 become U+FFFD. Each unit is replaced by one unit, so offsets stay valid.
import { isHighSurrogate } from '@sillage/protocol';

const replacement = '\uFFFD';

/** Repairs one sequence of deltas. The joined result does not depend on where the text was split. */
export class WellFormedText {
  #held = '';

  /** Returns the repaired text without a high surrogate at its end, which is held for the next call. */
  push(text: string): string {
    let whole = this.#held + text;
    this.#held = '';
    if (isHighSurrogate(whole.charCodeAt(whole.length - 1))) {
      this.#held = whole.slice(-1);
      whole = whole.slice(0, -1);
    }
    return mended(whole);
  }

  /** Returns the held text at the end of the sequence. */
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
