// Who follows which user's feed on this node. What is told lies in the rows; here is only that there may be more.
import { Inject, Injectable, Optional } from '@nestjs/common';
import { FEED_HINTS, type FeedHints } from './feed-hints.ts';

/** Is one reader of a feed: `wake` says that there may be more, `end` that the server is going. */
export interface FeedReader {
  readonly wake: () => void;
  readonly end: () => void;
}

/** Wakes the readers of a user's feed, on every node. */
@Injectable()
export class Feeds {
  private readonly readers = new Map<string, Set<FeedReader>>();
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
    for (const reader of this.readers.get(userId) ?? []) reader.wake();
  }
}
