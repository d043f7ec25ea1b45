// Who follows which user's feed on this node. What is told lies in the rows; here is only that there may be more.
import { Inject, Injectable, Optional } from '@nestjs/common';
import { FEED_HINTS, type FeedHints } from './feed-hints.ts';

/** Is one reader of a feed: `wake` says that there may be more, `end` that the server is going. */
export interface FeedReader {
  readonly wake: () => void;
  readonly end: () => void;
}

/** How many readers are woken in one turn of the event loop; the others of a user follow in the next ones. */
const wakesPerTurn = 32;

/** Wakes the readers of a user's feed, on every node. */
@Injectable()
export class Feeds {
  private readonly readers = new Map<string, Set<FeedReader>>();
  private readonly toWake = new Set<FeedReader>();
  private isWaking = false;
  private isClosed = false;

  constructor(@Optional() @Inject(FEED_HINTS) private readonly hints?: FeedHints) {
    hints?.listen({
      onHint: (userId) => this.notifyHere(userId),
      onLost: () => {
        for (const userId of [...this.readers.keys()]) this.notifyHere(userId);
      },
    });
  }

  /** Adds a reader; the returned function takes it away again. A reader that comes too late is ended. */
  add(userId: string, reader: FeedReader): () => void {
    if (this.isClosed) {
      reader.end();
      return () => {};
    }
    const ofUser = this.readers.get(userId) ?? new Set();
    this.readers.set(userId, ofUser.add(reader));
    return () => {
      this.toWake.delete(reader);
      if (ofUser.delete(reader) && ofUser.size === 0 && this.readers.get(userId) === ofUser) {
        this.readers.delete(userId);
      }
    };
  }

  /** Tells that a change of this user's conversations has been stored. */
  wake(userId: string): void {
    this.notifyHere(userId);
    this.hints?.tell(userId);
  }

  /** Ends every reader, and all that come. */
  close(): void {
    this.isClosed = true;
    for (const ofUser of [...this.readers.values()]) for (const reader of [...ofUser]) reader.end();
  }

  private notifyHere(userId: string): void {
    for (const reader of this.readers.get(userId) ?? []) this.toWake.add(reader);
    if (!this.isWaking) this.wakeSome();
  }

  private wakeSome(): void {
    let left = wakesPerTurn;
    for (const reader of this.toWake) {
      if (left-- === 0) break;
      this.toWake.delete(reader);
      reader.wake();
    }
    this.isWaking = this.toWake.size > 0;
    if (this.isWaking) setImmediate(() => this.wakeSome());
  }
}
