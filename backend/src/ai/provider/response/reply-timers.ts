// Timeouts of a provider's reply. Only time spent waiting for the provider counts, not time in which the consumer is
// busy; the maximum duration of a reply includes all time.
import type { AiTimings } from '../../ai-options.ts';

/** Timers of one reply. Calls `onDue` when a timeout expires. Its owner stops it. */
export class ReplyTimers {
  readonly #onDue: () => void;
  readonly #text: NodeJS.Timeout;
  readonly #whole: NodeJS.Timeout;
  #silence: NodeJS.Timeout;
  #isWaiting = true;
  #isEnding = false;
  #isSilenceDue = false;
  #isTextDue = false;

  /** Starts all timers. */
  constructor({ stallMs, textMs, maxDurationMs }: Required<AiTimings>, onDue: () => void) {
    this.#onDue = onDue;
    this.#silence = setTimeout(() => this.#silenceDue(), stallMs);
    this.#text = setTimeout(() => this.#textDue(), textMs);
    this.#whole = setTimeout(onDue, maxDurationMs);
  }

  /** Starts waiting for data. */
  wait(): void {
    this.#isWaiting = true;
    if (!this.#isEnding) {
      this.#isSilenceDue = false;
      this.#silence.refresh();
    }
    if (this.#isSilenceDue || this.#isTextDue) this.#onDue();
  }

  /** Stops waiting: data has arrived. */
  heard(): void {
    this.#isWaiting = false;
  }

  /** Restarts the text timeout: text or reasoning has arrived. */
  heardText(): void {
    this.#isTextDue = false;
    this.#text.refresh();
  }

  /** Replaces the stall timeout by a total of `ms` from now. A repeated call has an effect only with `again`. */
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
