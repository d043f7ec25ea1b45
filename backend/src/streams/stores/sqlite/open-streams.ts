// The open streams of this process, and how much of the journal a recovery of each would need.
import type { StreamId } from '@sillage/protocol';
import { LiveStream } from '../../live-stream.ts';
import type { Ended, OpenStream } from '../../stream-store.ts';
import type { Journal } from './journal.ts';

/** An open stream, and its position in the journal. */
export interface Open extends OpenStream {
  readonly live: LiveStream;
  /** The first journal row that a recovery of the stream needs. */
  firstJournalId: number;
  /** `Journal.written` when that row was next. */
  journalStart: number;
  ending: Promise<Ended> | undefined;
  /** The pending save of the whole text to its rows. */
  saving: Promise<void> | undefined;
}

/** Open streams, ordered by their first journal row. */
export class OpenStreams {
  readonly #journal: Journal;
  readonly #open = new Map<StreamId, Open>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get(streamId: StreamId): Open | undefined {
    return this.#open.get(streamId);
  }

  has(streamId: StreamId): boolean {
    return this.#open.has(streamId);
  }

  /** Adds a stream without text; a recovery needs the rows from `firstJournalId`, by default those from now on. */
  add({ streamId, userId, epoch }: OpenStream, { firstJournalId = this.#journal.nextId } = {}): Open {
    const open: Open = {
      streamId,
      userId,
      epoch,
      live: new LiveStream(),
      firstJournalId,
      journalStart: this.#journal.written,
      ending: undefined,
      saving: undefined,
    };
    this.#open.set(streamId, open);
    return open;
  }

  delete(streamId: StreamId): void {
    this.#open.delete(streamId);
  }

  /** Returns the oldest stream if the journal has grown by more than `length` since its first row, in UTF-16 units, and makes
   *  it the newest: its text is about to be saved. Its rows are needed until `firstJournalId` is set. */
  takeOldest(length: number): Open | undefined {
    const [oldest] = this.#open.values();
    if (oldest === undefined || oldest.ending !== undefined) return undefined;
    if (this.#journal.written - oldest.journalStart < length) return undefined;
    this.#open.delete(oldest.streamId);
    this.#open.set(oldest.streamId, oldest);
    oldest.journalStart = this.#journal.written;
    return oldest;
  }

  /** The first journal row that the open streams need, leaving out the stream `except`. */
  firstNeededId({ except }: { except?: StreamId } = {}): number {
    let first = Number.MAX_SAFE_INTEGER;
    for (const { streamId, firstJournalId } of this.#open.values()) {
      if (streamId !== except) first = Math.min(first, firstJournalId);
    }
    return first;
  }
}
