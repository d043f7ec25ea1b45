// Measures how long a model reasons before its reply.
import type { DeltaKind } from '../../ai/model-event.ts';

/** Measures from the first reasoning to the first text after it. */
export class ReasoningTimer {
  readonly #now: () => number;
  #since: number | undefined;
  #until: number | undefined;

  constructor({ now = () => performance.now() }: { now?: () => number } = {}) {
    this.#now = now;
  }

  /** Notes that a delta has arrived. */
  note(kind: DeltaKind): void {
    if (kind === 'reasoning') this.#since ??= this.#now();
    else if (this.#since !== undefined) this.#until ??= this.#now();
  }

  /** The duration in ms, up to now while there is no text; `undefined` without reasoning. */
  get ms(): number | undefined {
    if (this.#since === undefined) return undefined;
    return Math.round((this.#until ?? this.#now()) - this.#since);
  }
}
