// The port by which nodes tell each other that a feed may have more. What there is lies in the rows: a hint may be lost.

/** Is told what other nodes tell, and perhaps what this one told. */
export interface FeedHintListener {
  /** This user's feed may have more. */
  onHint(userId: string): void;
  /** Hints were perhaps lost: anybody's feed may have more. */
  onLost(): void;
}

/** Carries hints between nodes. */
export interface FeedHints {
  /** Tells every node that this user's feed may have more; many at a time are one. */
  tell(userId: string): void;
  /** Tells `listener` from now on. */
  listen(listener: FeedHintListener): void;
}

/** Injects the hints, where there are other nodes. */
export const FEED_HINTS = Symbol('FeedHints');
