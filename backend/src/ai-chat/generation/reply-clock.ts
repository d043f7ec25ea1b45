// Measures a reply: its first token, its last one, and how long the model reasons before its text.
import type { DeltaKind } from '../../ai/model-event.ts';

/** Times of a reply in ms, from its start. */
export interface ReplyTimes {
  readonly durationMs: number;
  /** `undefined` without a token. */
  readonly firstTokenMs: number | undefined;
  readonly lastTokenMs: number | undefined;
}

/** Starts with the reply. */
export class ReplyClock {
  readonly #now: () => number;
  readonly #startedAt: number;
  #firstAt: number | undefined;
  #lastAt: number | undefined;
  #reasoningSince: number | undefined;
  #reasoningUntil: number | undefined;

  constructor({ now = () => performance.now() }: { now?: () => number } = {}) {
    this.#now = now;
    this.#startedAt = now();
  }

  /** Notes that a delta has arrived, and returns the time. */
  note(kind: DeltaKind): number {
    const now = this.#now();
    this.#firstAt ??= now;
    this.#lastAt = now;
    if (kind === 'reasoning') this.#reasoningSince ??= now;
    else if (this.#reasoningSince !== undefined) this.#reasoningUntil ??= now;
    return now;
  }

  /** The time in ms since `at`. */
  since(at: number): number {
    return this.#now() - at;
  }

  /** How long the model has reasoned in ms: from the first reasoning to the first text after it, or up to now; `undefined`
   *  without reasoning. */
  get reasoningMs(): number | undefined {
    if (this.#reasoningSince === undefined) return undefined;
    return Math.round((this.#reasoningUntil ?? this.#now()) - this.#reasoningSince);
  }

  /** The times up to now. */
  get times(): ReplyTimes {
    const since = (at: number | undefined) => (at === undefined ? undefined : Math.round(at - this.#startedAt));
    return {
      durationMs: Math.round(this.#now() - this.#startedAt),
      firstTokenMs: since(this.#firstAt),
      lastTokenMs: since(this.#lastAt),
    };
  }
}
