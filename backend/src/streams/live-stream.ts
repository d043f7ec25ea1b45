// One stream in memory, shared by its producer and all its readers. No reader sees beyond `stored`.
import { type EndEvent, isInsidePair, limits, type Offset, type StreamEvent } from '@sillage/protocol';
import type { NewEvent, Unread } from './stream-store.ts';

type TextEvent = Exclude<StreamEvent, EndEvent>;

/** Is a run of text of one kind; `start` is its first offset. */
interface Piece {
  readonly start: Offset;
  readonly type: NewEvent['type'];
  readonly text: string;
}

/** Past this many small pieces at the tail, they become one. */
const tailPieces = 64;

/** Holds a stream's text in pieces: as appended at the tail, where readers are; merged behind it. */
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
  readonly #wakes = new Set<() => void>();
  #wasRead = false;
  #unreadSince: number;
  readonly #now: () => number;

  constructor({ now = () => performance.now() }: { now?: () => number } = {}) {
    this.#now = now;
    this.#unreadSince = now();
  }

  /** The offset behind all that was appended, stored or not. */
  get appended(): Offset {
    return this.#appended;
  }

  get stored(): Offset {
    return this.#stored;
  }

  get end(): EndEvent | undefined {
    return this.#end;
  }

  /** For how long nobody has been reading; `undefined` while somebody is. */
  get unread(): Unread | undefined {
    if (this.#wakes.size > 0) return undefined;
    return { forMs: this.#now() - this.#unreadSince, wasRead: this.#wasRead };
  }

  /** Adds text behind the last; readers see it only after `markStored`. Empty text is dropped. */
  append({ type, text }: NewEvent): void {
    if (text === '') return;
    this.#pieces.push({ start: this.#appended, type, text });
    this.#appended += text.length;
    if (this.#pieces.length - this.#tail > tailPieces) this.#mergeTail();
  }

  /** Lets readers see everything up to `offset`, and wakes them. */
  markStored(offset: Offset): void {
    if (offset <= this.#stored) return;
    this.#stored = offset;
    this.#wake();
  }

  /** Ends the stream for its readers, after its end has been stored. */
  markEnded(end: EndEvent): void {
    this.#end = end;
    this.#stored = end.offset;
    this.#wake();
  }

  /** Forgets what was appended and never stored: another goes on from what was. */
  forgetUnstored(): void {
    const kept: Piece[] = [];
    for (const piece of this.#pieces) {
      if (piece.start < this.#stored) kept.push({ ...piece, text: piece.text.slice(0, this.#stored - piece.start) });
    }
    this.#pieces = kept;
    this.#tail = Math.min(this.#tail, kept.length);
    this.#appended = this.#stored;
  }

  /** Makes it what was stored in the end, by whoever ended it: what was appended here and not stored is no part of it. */
  settle(body: readonly (readonly [NewEvent['type'], string])[], end: EndEvent): void {
    this.#pieces = [];
    this.#tail = 0;
    this.#appended = 0;
    for (const [type, text] of body) this.append({ type, text });
    this.markEnded(end);
  }

  /** Adds a reader, which is woken after each change; the returned function takes it away again. */
  addReader(wake: () => void): () => void {
    this.#wasRead = true;
    const own = () => wake(); // so that the same function may read twice
    this.#wakes.add(own);
    return () => {
      if (this.#wakes.delete(own) && this.#wakes.size === 0) this.#unreadSince = this.#now();
    };
  }

  /** See `StreamView.next`. Readers at the same offset, as live ones are, get the same object. */
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

  /** Returns what lies behind `after`, stored or not, merged and cut as events are; at most `most` of them. */
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

  /** Joins the text of one kind; reasoning is no part of a message. */
  textOf(type: NewEvent['type']): string {
    return this.#pieces
      .filter((piece) => piece.type === type)
      .map(({ text }) => text)
      .join('');
  }

  /** Yields the whole text in parts of at most `partLength` units, each as few pairs, for storing; at least one part.
   *  More text changes only the last part, and adds others. */
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

  #wake(): void {
    for (const wake of this.#wakes) wake();
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

  /** Finds the piece that holds `offset`; most look near the end. */
  #indexAt(offset: Offset): number {
    let [low, high] = [0, this.#pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Joins the tail into runs, and runs into pieces as long as one event, so that memory and search stay small. */
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
