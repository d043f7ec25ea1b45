// The timeline of one stream as one node sees it: what it read and stored, if it produces the stream, and what it wrote to its
// readers. All times are in ms from `startedAt`.
import type { TimelinePart, TimelineReader } from '@sillage/protocol';
import { Progress } from './progress.ts';

/** Maximum number of readers of one stream that are kept; beyond it the oldest closed ones are dropped. */
export const mostReaders = 50;

/** What is stored of a timeline. */
export interface TimelineBody {
  /** In milliseconds since 1970, by the clock of the node. */
  readonly startedAt: number;
  readonly endedMs?: number;
  readonly read: readonly TimelinePart[];
  readonly stored: readonly TimelinePart[];
  readonly readers: readonly TimelineReader[];
  readonly omittedReaders: number;
}

/** One reader. */
interface Reader {
  readonly after: number;
  readonly openedMs: number;
  readonly written: Progress;
  closedMs?: number;
}

/** Records one connection. */
export interface ReaderRecorder {
  /** Notes that the stream was written up to `offset`. */
  written(offset: number): void;
  close(): void;
}

/** A timeline that is being recorded. */
export class StreamTimeline {
  readonly #startedAt = Date.now();
  readonly #began: number;
  readonly #now: () => number;
  readonly #read = new Progress();
  readonly #stored = new Progress();
  #readers: Reader[] = [];
  #omitted = 0;
  #endedMs: number | undefined;

  constructor({ now = () => performance.now() }: { now?: () => number } = {}) {
    this.#now = now;
    this.#began = now();
  }

  /** Whether a reader is open. */
  get hasReaders(): boolean {
    return this.#readers.some(({ closedMs }) => closedMs === undefined);
  }

  /** Whether a reader was open at the end. */
  get hadReadersAtEnd(): boolean {
    const endedMs = this.#endedMs ?? 0;
    return this.#readers.some(({ closedMs = Number.POSITIVE_INFINITY }) => closedMs >= endedMs);
  }

  /** Notes that the text up to `offset` was read from the provider. */
  read(offset: number): void {
    this.#read.note(offset, this.#ms);
  }

  /** Notes that the text up to `offset` was stored. */
  stored(offset: number): void {
    if (this.#endedMs === undefined) this.#stored.note(offset, this.#ms);
  }

  /** Notes that the end is about to be stored, with the text that is not stored yet. */
  end(): void {
    if (this.#stored.offset < this.#read.offset) this.stored(this.#read.offset);
    this.#endedMs = Math.round(this.#ms);
  }

  /** Begins to record a reader; `onClose` is called once it is closed. */
  open(after: number, onClose: () => void): ReaderRecorder {
    const reader: Reader = { after, openedMs: Math.round(this.#ms), written: new Progress() };
    this.#readers.push(reader);
    if (this.#readers.length > mostReaders) this.#dropOldest();
    return {
      written: (offset) => reader.written.note(offset, this.#ms),
      close: () => {
        reader.closedMs ??= Math.round(this.#ms);
        onClose();
      },
    };
  }

  /** What is known up to now. */
  get body(): TimelineBody {
    return {
      startedAt: this.#startedAt,
      ...(this.#endedMs !== undefined && { endedMs: this.#endedMs }),
      read: this.#read.parts,
      stored: this.#stored.parts,
      readers: this.#readers.map(({ written, ...reader }) => ({ ...reader, written: written.parts })),
      omittedReaders: this.#omitted,
    };
  }

  get #ms(): number {
    return this.#now() - this.#began;
  }

  /** Drops the oldest closed reader; if all are open, the oldest one. It goes on reading, and is no longer recorded. */
  #dropOldest(): void {
    const closed = this.#readers.findIndex(({ closedMs }) => closedMs !== undefined);
    this.#readers.splice(Math.max(0, closed), 1);
    this.#omitted++;
  }
}
