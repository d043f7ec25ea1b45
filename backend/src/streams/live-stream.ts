// A stream in memory, shared by its producer and all its readers. Readers see nothing after `stored`.
import { type EndEvent, isInsidePair, limits, type Offset, type StreamEvent } from '@sillage/protocol';
import type { NewEvent, StreamView, Unread } from './stream-store.ts';

type TextEvent = Exclude<StreamEvent, EndEvent>;

/** A run of text of one type; `start` is the offset before it. */
interface Piece {
  readonly start: Offset;
  readonly type: NewEvent['type'];
  readonly text: string;
}

/** Number of small pieces at the tail after which they are merged. */
const tailPieces = 64;

/** Number of pieces at the end that are tried before the binary search. */
const piecesBeforeSearch = 4;

/** A stream's text in pieces: as appended at the tail, where most readers are; merged before it. */
export class LiveStream {
  #pieces: Piece[] = [];
  /** Where the unmerged tail begins in `#pieces`. */
  #tail = 0;
  #appended: Offset = 0;
  #stored: Offset = 0;
  #end: EndEvent | undefined;
  #lastRead: { after: Offset; stored: Offset; event: StreamEvent | undefined } = {
    after: -1,
    stored: 0,
    event: undefined,
  };
  readonly #readers = new Set<() => void>();
  #wasRead = false;
  #unreadSince: number;
  readonly #now: () => number;

  constructor({ now = () => performance.now() }: { now?: () => number } = {}) {
    this.#now = now;
    this.#unreadSince = now();
  }

  /** The offset after all appended text, stored or not. */
  get appended(): Offset {
    return this.#appended;
  }

  get stored(): Offset {
    return this.#stored;
  }

  get end(): EndEvent | undefined {
    return this.#end;
  }

  /** How long the stream has had no reader; `undefined` while it has one. */
  get unread(): Unread | undefined {
    if (this.#readers.size > 0) return undefined;
    return { forMs: this.#now() - this.#unreadSince, wasRead: this.#wasRead };
  }

  /** Appends text; readers see it only after `markStored`. Empty text is ignored. */
  append({ type, text }: NewEvent): void {
    if (text === '') return;
    this.#pieces.push({ start: this.#appended, type, text });
    this.#appended += text.length;
    if (this.#pieces.length - this.#tail > tailPieces) this.#mergeTail();
  }

  /** Makes the text up to `offset` visible to readers, and notifies them. */
  markStored(offset: Offset): void {
    if (offset <= this.#stored) return;
    this.#stored = offset;
    this.#notify();
  }

  /** Makes the end visible to readers, and notifies them. Call after the end is stored. */
  markEnded(end: EndEvent): void {
    this.#end = end;
    this.#stored = end.offset;
    this.#notify();
  }

  /** Drops text that was appended but not stored: another node continues from the stored text. */
  forgetUnstored(): void {
    const kept: Piece[] = [];
    for (const piece of this.#pieces) {
      if (piece.start < this.#stored) kept.push({ ...piece, text: piece.text.slice(0, this.#stored - piece.start) });
    }
    this.#pieces = kept;
    this.#tail = Math.min(this.#tail, kept.length);
    this.#appended = this.#stored;
  }

  /** Replaces the text with the stored text of the ended stream, which another node may have ended, and ends it. */
  settle(body: readonly (readonly [NewEvent['type'], string])[], end: EndEvent): void {
    this.#pieces = [];
    this.#tail = 0;
    this.#appended = 0;
    for (const [type, text] of body) this.append({ type, text });
    this.markEnded(end);
  }

  /** Opens a view for one reader. Calls `notify` after each change until the view is closed, and `onClose` once then. */
  open(notify: () => void, onClose = () => {}): StreamView {
    this.#wasRead = true;
    const reader = () => notify(); // so that the same function can be added twice
    this.#readers.add(reader);
    return new LiveView(this, () => {
      if (!this.#readers.delete(reader)) return;
      if (this.#readers.size === 0) this.#unreadSince = this.#now();
      onClose();
    });
  }

  /** See `StreamView.next`. Readers at the same offset get the same object. */
  next(after: Offset): StreamEvent | undefined {
    if (after >= this.#stored) return undefined;
    const { stored } = this;
    if (after !== this.#lastRead.after || stored !== this.#lastRead.stored) {
      this.#lastRead = { after, stored, event: this.#read(after) };
    }
    return this.#lastRead.event;
  }

  isTorn(after: Offset): boolean {
    const piece = this.#pieces[this.#indexAt(after)];
    return piece !== undefined && isInsidePair(piece.text, after - piece.start);
  }

  /** Returns at most `most` events past `after`, stored or not. */
  appendedAfter(after: Offset, most: number): TextEvent[] {
    const events: TextEvent[] = [];
    for (let from = after; from < this.#appended && events.length < most; ) {
      const event = this.#readText(from, this.#appended);
      if (event === undefined) break;
      events.push(event);
      from = event.offset;
    }
    return events;
  }

  /** Returns the whole text of one type, in pieces. */
  piecesOf(type: NewEvent['type']): string[] {
    return this.#pieces.filter((piece) => piece.type === type).map(({ text }) => text);
  }

  /** Yields the whole text in parts of at most `partLength` units, each as runs of one type, for storing; at least one part.
   *  Appending changes only the last part, or adds parts. */
  *bodyParts(partLength: number): Generator<[NewEvent['type'], string][], void> {
    for (let after = 0, isFirst = true; isFirst || after < this.#appended; isFirst = false) {
      const end = after + partLength;
      const part: [NewEvent['type'], string][] = [];
      for (let event = this.#readText(after, end); event?.text; event = this.#readText(after, end)) {
        const last = part.at(-1);
        if (last?.[0] === event.type) last[1] += event.text;
        else part.push([event.type, event.text]);
        after = event.offset;
        if (after >= end) break;
      }
      yield part;
    }
  }

  #notify(): void {
    for (const notify of this.#readers) notify();
  }

  #read(after: Offset): StreamEvent | undefined {
    return after >= this.#appended ? this.#end : this.#readText(after, this.#stored);
  }

  #readText(after: Offset, until: Offset): TextEvent | undefined {
    const end = Math.min(until, this.#appended, after + limits.eventLength);
    let index = this.#indexAt(after);
    const first = this.#pieces[index];
    if (first === undefined || after >= end) return undefined;
    let text = first.text.slice(after - first.start, end - first.start);
    for (index++; after + text.length < end; index++) {
      const piece = this.#pieces[index];
      if (piece?.type !== first.type) break;
      text += piece.text.slice(0, end - piece.start);
    }
    const offset = after + text.length;
    if (offset < this.#appended && this.isTorn(offset)) text = text.slice(0, -1);
    return { type: first.type, text, offset: after + text.length };
  }

  /** Returns the index of the piece that contains `offset`; most readers are in one of the last. */
  #indexAt(offset: Offset): number {
    const last = this.#pieces.length - 1;
    for (let index = last; index > last - piecesBeforeSearch && index >= 0; index--) {
      if ((this.#pieces[index]?.start ?? 0) <= offset) return index;
    }
    let [low, high] = [0, Math.max(0, last - piecesBeforeSearch)];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Merges the tail into runs of at most one event's length, so that memory use and search stay small. */
  #mergeTail(): void {
    const merged: Piece[] = [];
    const from = Math.max(0, this.#tail - 1);
    let run: Piece[] = [];
    let length = 0;
    const close = () => {
      const [first] = run;
      if (first !== undefined) merged.push({ ...first, text: run.map(({ text }) => text).join('') });
      run = [];
      length = 0;
    };
    for (const piece of this.#pieces.slice(from)) {
      if (run[0] !== undefined && (run[0].type !== piece.type || length + piece.text.length > limits.eventLength))
        close();
      run.push(piece);
      length += piece.text.length;
    }
    close();
    this.#pieces.splice(from, this.#pieces.length - from, ...merged);
    this.#tail = this.#pieces.length;
  }
}

/** The view of one reader. A class, so that all views have the same shape: readers are notified on every token. */
class LiveView implements StreamView {
  readonly #live: LiveStream;
  readonly close: () => void;

  constructor(live: LiveStream, close: () => void) {
    this.#live = live;
    this.close = close;
  }

  get stored(): Offset {
    return this.#live.stored;
  }

  get end(): EndEvent | undefined {
    return this.#live.end;
  }

  next(after: Offset): StreamEvent | undefined {
    return this.#live.next(after);
  }

  isTorn(after: Offset): boolean {
    return this.#live.isTorn(after);
  }
}
