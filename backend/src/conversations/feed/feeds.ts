// The readers of each user's feed on this node. A notification says that there may be changes; the changes themselves
// are rows.
import { Inject, Injectable, Optional } from '@nestjs/common';
import { FEED_HINTS, type FeedHints } from './feed-hints.ts';

/** One reader of a feed. */
export interface FeedReader {
  /** Called when there may be more changes. */
  readonly notify: () => void;
  /** Called when the server shuts down. */
  readonly end: () => void;
}

/** Maximum number of readers notified in one event-loop tick; the others follow in later ticks. */
const notifiedPerTick = 32;

/** Notifies the readers of a user's feed on every node. */
@Injectable()
export class Feeds {
  private readonly readers = new Map<string, Set<FeedReader>>();
  private readonly pending = new Set<FeedReader>();
  private isNotifying = false;
  private isClosed = false;

  constructor(@Optional() @Inject(FEED_HINTS) private readonly hints?: FeedHints) {
    hints?.subscribe({
      onHint: (userId) => this.notifyHere(userId),
      onLost: () => {
        for (const userId of [...this.readers.keys()]) this.notifyHere(userId);
      },
    });
  }

  /** The number of readers on this node. */
  get size(): number {
    return [...this.readers.values()].reduce((sum, ofUser) => sum + ofUser.size, 0);
  }

  /** Adds a reader; the returned function removes it. After `close` a new reader is ended at once. */
  add(userId: string, reader: FeedReader): () => void {
    if (this.isClosed) {
      reader.end();
      return () => {};
    }
    const ofUser = this.readers.get(userId) ?? new Set();
    this.readers.set(userId, ofUser.add(reader));
    return () => {
      this.pending.delete(reader);
      if (ofUser.delete(reader) && ofUser.size === 0 && this.readers.get(userId) === ofUser) {
        this.readers.delete(userId);
      }
    };
  }

  /** Notifies all readers that a change of this user's conversations was stored. */
  notify(userId: string): void {
    this.notifyHere(userId);
    this.hints?.publish(userId);
  }

  /** Ends all current and future readers. */
  close(): void {
    this.isClosed = true;
    for (const ofUser of [...this.readers.values()]) for (const reader of [...ofUser]) reader.end();
  }

  private notifyHere(userId: string): void {
    for (const reader of this.readers.get(userId) ?? []) this.pending.add(reader);
    if (!this.isNotifying) this.notifySome();
  }

  private notifySome(): void {
    let left = notifiedPerTick;
    for (const reader of this.pending) {
      if (left-- === 0) break;
      this.pending.delete(reader);
      reader.notify();
    }
    this.isNotifying = this.pending.size > 0;
    if (this.isNotifying) setImmediate(() => this.notifySome());
  }
}
