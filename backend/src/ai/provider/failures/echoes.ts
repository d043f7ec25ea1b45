// Finds the parts of a text that repeat other texts. Only letters and digits are compared; case, spaces and punctuation
// are ignored. Megabytes take milliseconds, and the search yields to the event loop in between.
import { setImmediate as nextIteration } from 'node:timers/promises';

/** Minimum number of consecutive letters that count as a repetition; fewer if all of them are non-ASCII. */
const windowLength = 12;
const wideWindowLength = 5;
const shortestEcho = 4;
/** UTF-16 units processed before yielding to the event loop. */
const sliceLength = 500_000;

/** Returns the windows of `letters` that occur in any of `texts`. */
export async function findEchoes(letters: string, texts: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const finders = [
    new WindowFinder(windowsOf(letters, windowLength), found),
    new WindowFinder(
      windowsOf(letters, wideWindowLength).filter((window) => isWide(window)),
      found,
    ),
  ];
  let looked = 0;
  for (const text of texts) {
    if (text.length <= windowLength * 4) addShort(lettersOf(text).letters, letters, found);
    for (let start = 0; start < text.length; start += sliceLength) {
      const part = text.slice(start, start + sliceLength);
      for (const finder of finders) finder.look(part);
      looked += part.length;
      if (looked >= sliceLength) {
        looked = 0;
        await nextIteration();
      }
    }
    for (const finder of finders) finder.reset();
  }
  return found;
}

/** Returns every window of `length` letters. */
export function windowsOf(letters: string, length: number): string[] {
  const windows: string[] = [];
  for (let start = 0; start + length <= letters.length; start++) windows.push(letters.slice(start, start + length));
  return windows;
}

/** Returns the letters and digits of a text in lower case, and the position of each. */
export function lettersOf(text: string): { letters: string; places: number[] } {
  let letters = '';
  const places: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = letterOf(text.charCodeAt(i));
    if (unit === 0) continue;
    letters += String.fromCharCode(unit);
    places.push(i);
  }
  return { letters, places };
}

/** Adds a text that is shorter than a window as a whole. */
function addShort(short: string, letters: string, found: Set<string>): void {
  const isShort = short.length >= shortestEcho && short.length < windowLength;
  if (isShort && letters.includes(short)) found.add(short);
}

/** Finds windows of one length in texts of any size with a rolling hash (Rabin-Karp). */
class WindowFinder {
  readonly #windows: ReadonlySet<string>;
  readonly #found: Set<string>;
  /** Number of windows per hash bucket that were not found yet. */
  readonly #buckets = new Uint16Array(65_536);
  readonly #ring: Uint16Array;
  readonly #power: number;
  #hash = 0;
  #count = 0;

  constructor(windows: readonly string[], found: Set<string>) {
    this.#windows = new Set(windows);
    this.#found = found;
    const length = windows[0]?.length ?? 1;
    this.#ring = new Uint16Array(length);
    this.#power = Array.from({ length }).reduce<number>((power) => Math.imul(power, 31), 1);
    for (const window of this.#windows) this.#bucket(hashOf(window), 1);
  }

  look(text: string): void {
    if (this.#windows.size === 0) return;
    const ring = this.#ring;
    for (let i = 0; i < text.length; i++) {
      const unit = letterOf(text.charCodeAt(i));
      if (unit === 0) continue;
      const slot = this.#count++ % ring.length;
      this.#hash = (Math.imul(this.#hash, 31) + unit - Math.imul(this.#power, ring[slot] ?? 0)) | 0;
      ring[slot] = unit;
      if (this.#bucket(this.#hash) > 0 && this.#count >= ring.length) this.#check();
    }
  }

  reset(): void {
    this.#ring.fill(0);
    this.#hash = 0;
    this.#count = 0;
  }

  #check(): void {
    let window = '';
    for (let i = 0; i < this.#ring.length; i++) {
      window += String.fromCharCode(this.#ring[(this.#count + i) % this.#ring.length] ?? 0);
    }
    if (!this.#windows.has(window) || this.#found.has(window)) return;
    this.#found.add(window);
    this.#bucket(this.#hash, -1);
  }

  #bucket(hash: number, change = 0): number {
    const index = (hash ^ (hash >>> 16)) & 0xffff;
    const count = (this.#buckets[index] ?? 0) + change;
    if (change !== 0) this.#buckets[index] = count;
    return count;
  }
}

function hashOf(window: string): number {
  let hash = 0;
  for (let i = 0; i < window.length; i++) hash = (Math.imul(hash, 31) + window.charCodeAt(i)) | 0;
  return hash;
}

/** Returns a letter or digit in lower case, 0 for any other character. Every non-ASCII character except punctuation
 *  counts as a letter. */
function letterOf(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return unit;
  if (unit < 0x80) return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) ? unit | 0x20 : 0;
  if (unit < 0xc0 || (unit >= 0x2000 && unit <= 0x206f)) return 0;
  return (unit >= 0x3000 && unit <= 0x303f) || (unit >= 0xff00 && unit <= 0xff0f) ? 0 : unit;
}

function isWide(window: string): boolean {
  for (let i = 0; i < window.length; i++) if (window.charCodeAt(i) < 0x80) return false;
  return true;
}
