// Every duration of the server, in one place. Tests shorten them; the defaults are asserted.

/** Holds every duration, in milliseconds. */
export interface Timings {
  /** How long the provider may stay silent. */
  readonly stallMs: number;
  /** How long to wait for more text, usage and `[DONE]` after the provider said why it finished. */
  readonly endGraceMs: number;
  /** How long the provider may go without a word of text or reasoning, whatever else it sends. */
  readonly textMs: number;
  /** How long one reply may take. */
  readonly maxDurationMs: number;
  /** How long a model may take to name a conversation. */
  readonly titleMs: number;
  /** How long a generation goes on while nobody reads. */
  readonly abandonedMs: number;
  /** How long one that nobody has read yet is spared, however short `abandonedMs` is. */
  readonly firstReaderMs: number;
  readonly abandonedCheckMs: number;
  /** How long an ended stream can be read. */
  readonly retentionMs: number;
  /** How long owner and id of a forgotten stream are kept, so that it is `410` and not `404`. */
  readonly forgottenMs: number;
  readonly idempotencyMs: number;
  /** How long the feed can tell that a conversation was deleted; for so long its id stays stored. */
  readonly deletionsMs: number;
  readonly sweepMs: number;
  /** How far the wall clock may jump, and how long it must last then, before a sweep believes it. */
  readonly clockSettleMs: number;
  /** The pause between two steps of deleting what was erased. */
  readonly purgePauseMs: number;
  /** The shortest time between two rewrites of the search index that drop deleted words. */
  readonly wordsDropMs: number;
  /** How long one connection or ticket may read before it must show a token again. */
  readonly maxAgeMs: number;
  readonly ticketMs: number;
  readonly shutdownGraceMs: number;
  /** How long a request may take to arrive, its body included. */
  readonly requestMs: number;
  /** How long connections may take to finish what was said, after the replies have ended. */
  readonly closeMs: number;
  /** The silence after which a connection gets a heartbeat. */
  readonly heartbeatMs: number;
  /** How long a reader's socket may take no byte before it is dropped. */
  readonly slowReaderMs: number;
  /** The shortest time between two commits. */
  readonly commitMs: number;
  /** How often SQLite's write-ahead log is emptied, so that what was deleted leaves it. */
  readonly walMs: number;
  /** How long to wait before a failed commit is tried again. */
  readonly storageRetryMs: number;
  /** How long a stop waits for its intent to be stored before it takes effect all the same. */
  readonly stopIntentMs: number;
  /** How long a node may be silent before the others take over its streams. */
  readonly nodeLeaseMs: number;
  /** How often a node shows that it lives, and asks what others want of it. */
  readonly leaseRenewMs: number;
  /** How often a stream is looked at without a hint: read from elsewhere, or quiet in its producer. */
  readonly pollMs: number;
  /** The silence after which a reader's node asks the database whether a stream of another has ended. */
  readonly idleMs: number;
  /** How long Redis may owe an answer before its connection is given up. */
  readonly redisAnswerMs: number;
}

/** Holds what a server uses where no setting says otherwise. */
export const defaultTimings: Timings = {
  stallMs: 60_000,
  endGraceMs: 5_000,
  textMs: 600_000,
  maxDurationMs: 3_600_000,
  titleMs: 30_000,
  abandonedMs: 600_000,
  firstReaderMs: 2_000,
  abandonedCheckMs: 500,
  retentionMs: 86_400_000,
  forgottenMs: 7 * 86_400_000,
  idempotencyMs: 86_400_000,
  deletionsMs: 15_000,
  sweepMs: 60_000,
  clockSettleMs: 3_600_000,
  purgePauseMs: 5,
  wordsDropMs: 30_000,
  maxAgeMs: 3_600_000,
  ticketMs: 30_000,
  shutdownGraceMs: 10_000,
  requestMs: 30_000,
  closeMs: 1_000,
  heartbeatMs: 15_000,
  slowReaderMs: 30_000,
  commitMs: 5,
  walMs: 20_000,
  storageRetryMs: 500,
  stopIntentMs: 250,
  nodeLeaseMs: 8_000,
  leaseRenewMs: 500,
  pollMs: 1_000,
  idleMs: 2_000,
  redisAnswerMs: 2_000,
};
