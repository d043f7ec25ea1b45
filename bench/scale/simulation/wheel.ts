// A timer wheel with a bucket for each millisecond: adding and taking cost the same with any number of waiting things.

const size = 65_536; // milliseconds ahead at most

/** Holds things until they are due. */
export class Wheel<Thing> {
  readonly #buckets: Thing[][] = Array.from({ length: size }, () => []);
  /** The next millisecond to take. Things due before it are taken with it. */
  #next = 0;

  /** Adds a thing that is due at `atMs`, at the latest at the end of the wheel. */
  add(atMs: number, thing: Thing): void {
    const due = Math.min(Math.max(Math.floor(atMs), this.#next), this.#next + size - 1);
    this.#buckets[due % size]?.push(thing);
  }

  /** Takes the things that are due in the millisecond `ms`, in their order. Milliseconds are taken one after the other. */
  *take(ms: number): Generator<Thing> {
    const bucket = this.#buckets[ms % size] ?? [];
    for (let i = 0; i < bucket.length; i++) yield bucket[i] as Thing; // more may be added meanwhile
    bucket.length = 0;
    this.#next = ms + 1;
  }
}
