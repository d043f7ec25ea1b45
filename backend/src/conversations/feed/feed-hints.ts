// The port by which nodes notify each other of changes in a feed. The changes themselves are rows, so a hint may be
// lost.

/** Receives hints from other nodes, and possibly from this one. */
export interface FeedHintListener {
  /** Called when this user's feed may have changed. */
  onHint(userId: string): void;
  /** Called when hints may have been lost, so that any user's feed may have changed. */
  onLost(): void;
}

/** Sends hints between nodes. */
export interface FeedHints {
  /** Notifies every node that this user's feed may have changed. Several calls in one event-loop tick are combined. */
  publish(userId: string): void;
  /** Adds a listener for the lifetime of the port. */
  subscribe(listener: FeedHintListener): void;
}

/** Injection token of the port; not provided on a single node. */
export const FEED_HINTS = Symbol('FeedHints');
