// Who follows which user's feed on this node. What is told lies in the rows; here is only that there may be more.
import { Injectable } from '@nestjs/common';

/** Is one reader of a feed: `wake` says that there may be more, `end` that the server is going. */
export interface FeedReader {
  readonly wake: () => void;
  readonly end: () => void;
}

/** Wakes the readers of a user's feed. */
@Injectable()
export class Feeds {
  private readonly readers = new Map<string, Set<FeedReader>>();
  private isClosed = false;

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
    for (const reader of this.readers.get(userId) ?? []) reader.wake();
  }

  /** Ends every reader, and all that come. */
  close(): void {
    this.isClosed = true;
    for (const ofUser of [...this.readers.values()]) for (const reader of [...ofUser]) reader.end();
  }
}
