// The limits on a provider's time. Only time spent waiting for it counts against it, not time in which the consumer of
// its reply was busy; the longest duration of a reply counts every moment.
import type { AiTimings } from '../ai-options.ts';

/** Calls `onDue` when a limit is reached. Its owner stops it. */
export class ReplyTimers {
  readonly #onDue: () => void;
  readonly #text: NodeJS.Timeout;
  readonly #whole: NodeJS.Timeout;
  #silence: NodeJS.Timeout;
  #isWaiting = true;
  #isEnding = false;
  #isSilenceDue = false;
  #isTextDue = false;

  /** Starts waiting at once. */
  constructor({ stallMs, textMs, maxDurationMs }: Required<AiTimings>, onDue: () => void) {
    this.#onDue = onDue;
    this.#silence = setTimeout(() => this.#silenceDue(), stallMs);
    this.#text = setTimeout(() => this.#textDue(), textMs);
    this.#whole = setTimeout(onDue, maxDurationMs);
  }

  /** Starts a wait for a sign of life. */
  wait(): void {
    this.#isWaiting = true;
    if (!this.#isEnding) {
      this.#isSilenceDue = false;
      this.#silence.refresh();
    }
    if (this.#isSilenceDue || this.#isTextDue) this.#onDue();
  }

  /** Ends a wait: something came. */
  heard(): void {
    this.#isWaiting = false;
  }

  /** Ends the wait for a word. */
  heardText(): void {
    this.#isTextDue = false;
    this.#text.refresh();
  }

  /** Waits from now on at most `ms` in all; a repeated call counts only with `again`, and starts anew. */
  end(ms: number, { again }: { again: boolean }): void {
    if (this.#isEnding && !again) return;
    this.#isEnding = true;
    this.#isSilenceDue = false;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#silenceDue(), ms);
  }

  stop(): void {
    for (const timer of [this.#silence, this.#text, this.#whole]) clearTimeout(timer);
  }

  #silenceDue(): void {
    this.#isSilenceDue = true;
    if (this.#isWaiting) this.#onDue();
  }

  #textDue(): void {
    this.#isTextDue = true;
    if (this.#isWaiting) this.#onDue();
  }
}
