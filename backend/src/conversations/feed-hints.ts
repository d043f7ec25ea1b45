// The port by which nodes notify each other of changes in a feed. The changes themselves are rows, so a hint may be lost.

/** Receives the hints of other nodes, and possibly those of this one. */
export interface FeedHintListener {
  /** This user's feed may have changed. */
  onHint(userId: string): void;
  /** Hints may have been lost: the feed of any user may have changed. */
  onLost(): void;
}

/** Sends hints between nodes. */
export interface FeedHints {
  /** Notifies every node that this user's feed may have changed. Several calls in one tick are combined. */
  publish(userId: string): void;
  /** Adds a listener for the lifetime of the port. */
  subscribe(listener: FeedHintListener): void;
}

/** Injects the port; absent on a single node. */
export const FEED_HINTS = Symbol('FeedHints');
