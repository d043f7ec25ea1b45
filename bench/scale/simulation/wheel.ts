// What is due when, by the millisecond. A wheel of buckets: adding and taking cost the same however much is waiting.

const size = 65_536; // milliseconds ahead at most

/** Keeps things until they are due. */
export class Wheel<Thing> {
  readonly #buckets: Thing[][] = Array.from({ length: size }, () => []);
  /** What is due before this comes with it. */
  #next = 0;

  /** Adds what is due at `atMs`; what is too far ahead comes at the end of the wheel. */
  add(atMs: number, thing: Thing): void {
    const due = Math.min(Math.max(Math.floor(atMs), this.#next), this.#next + size - 1);
    this.#buckets[due % size]?.push(thing);
  }

  /** Takes what is due in the millisecond `ms`, in the order it was added. Milliseconds are taken one after the other. */
  *take(ms: number): Generator<Thing> {
    const bucket = this.#buckets[ms % size] ?? [];
    for (let i = 0; i < bucket.length; i++) yield bucket[i] as Thing; // more may be added meanwhile
    bucket.length = 0;
    this.#next = ms + 1;
  }
}
