// Plays paced replies: one timer for all, streams spread evenly over the interval, so that neither the timer nor a
// burst is what is measured. Short lags are caught up with; what an overloaded machine cannot send is left out, since
// catching up with it would only take longer and longer.
const tickMs = 5;
const longestCatchUp = 10;

/** Calls each joined function `rate` times a second, until it returns false. */
export class Pacer {
  readonly #slots: Set<() => boolean>[];
  readonly #began = performance.now();
  #ticks = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(rate: number) {
    this.#slots = Array.from({ length: Math.max(1, Math.round(1000 / rate / tickMs)) }, () => new Set());
    this.#timer = setInterval(() => this.#catchUp(), tickMs);
  }

  /** Returns what calls it off. */
  join(play: () => boolean): () => void {
    const slot = this.#slots.reduce((least, one) => (one.size < least.size ? one : least));
    slot.add(play);
    return () => slot.delete(play);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #catchUp(): void {
    const due = Math.floor((performance.now() - this.#began) / tickMs);
    this.#ticks = Math.max(this.#ticks, due - longestCatchUp);
    for (; this.#ticks < due; this.#ticks++) {
      const slot = this.#slots[this.#ticks % this.#slots.length];
      for (const play of slot ?? []) if (!play()) slot?.delete(play);
    }
  }
}
