// How a growing text progressed in time, in bounded memory: offsets that were reached with short gaps between them are one part,
// so that every longer gap is kept exactly. Called for every piece of a reply, hence cheap.
import type { TimelinePart } from '@sillage/protocol';

/** Maximum number of parts; beyond it, parts with the next longer gap between them are joined. */
const mostParts = 120;
/** The gap that separates parts at first, in ms. */
const firstGapMs = 100;

/** One part, while it may still grow. */
type GrowingPart = { -readonly [Name in keyof TimelinePart]: TimelinePart[Name] };

/** A list of parts. */
export class Progress {
  #parts: GrowingPart[] = [];
  #gapMs = firstGapMs;

  /** Notes that `offset` was reached at `ms`. */
  note(offset: number, ms: number): void {
    const last = this.#parts.at(-1);
    if (last !== undefined && ms - last.untilMs < this.#gapMs) {
      last.offset = offset;
      last.untilMs = ms;
      return;
    }
    this.#parts.push({ offset, fromMs: ms, untilMs: ms });
    while (this.#parts.length > mostParts) this.#coarsen();
  }

  /** The offset that was reached last; 0 before the first. */
  get offset(): number {
    return this.#parts.at(-1)?.offset ?? 0;
  }

  /** The parts up to now, in whole milliseconds. */
  get parts(): readonly TimelinePart[] {
    return this.#parts.map(({ offset, fromMs, untilMs }) => ({
      offset,
      fromMs: Math.round(fromMs),
      untilMs: Math.round(untilMs),
    }));
  }

  #coarsen(): void {
    this.#gapMs *= 2;
    const joined: GrowingPart[] = [];
    for (const part of this.#parts) {
      const last = joined.at(-1);
      if (last === undefined || part.fromMs - last.untilMs >= this.#gapMs) joined.push(part);
      else Object.assign(last, { offset: part.offset, untilMs: part.untilMs });
    }
    this.#parts = joined;
  }
}
