// Every duration of the server. Tests shorten them; a test asserts the defaults.

/** The durations of the server, in milliseconds. */
export interface Timings {
  /** How long the provider may send no byte. */
  readonly stallMs: number;
  /** How long to wait for more text, usage and `[DONE]` after the provider has sent a finish reason. */
  readonly endGraceMs: number;
  /** How long the provider may send no text or reasoning, even if it sends other data. */
  readonly textMs: number;
  /** Maximum duration of one reply. */
  readonly maxDurationMs: number;
  /** How long the model may take to write the title of a conversation. */
  readonly titleMs: number;
  /** How long a generation continues without a reader. */
  readonly abandonedMs: number;
  /** How long a generation waits for its first reader, even if `abandonedMs` is shorter. */
  readonly firstReaderMs: number;
  readonly abandonedCheckMs: number;
  /** How long an ended stream can be read. */
  readonly retentionMs: number;
  /** How long the owner and id of a deleted stream are kept, so that the response is `410` and not `404`. */
  readonly forgottenMs: number;
  readonly idempotencyMs: number;
  /** How long the feed reports that a conversation was deleted. Its id is stored for as long. */
  readonly deletionsMs: number;
  readonly sweepMs: number;
  /** The largest jump of the wall clock that a sweep accepts at once; after a larger jump it waits for as long. */
  readonly clockSettleMs: number;
  /** The pause between two steps of deleting what was erased. */
  readonly purgePauseMs: number;
  /** The shortest time between two rewrites of the search index that drop deleted words. */
  readonly wordsDropMs: number;
  /** How long one connection or ticket may read before the client must authenticate again. */
  readonly maxAgeMs: number;
  readonly ticketMs: number;
  /** Interval at which a node reads the revocations of other nodes. */
  readonly revocationPollMs: number;
  readonly shutdownGraceMs: number;
  /** How long a request may take to arrive, including its body. */
  readonly requestMs: number;
  /** How long connections may take to send their remaining bytes at shutdown, after the replies have ended. */
  readonly closeMs: number;
  /** The idle time after which a connection gets a heartbeat. */
  readonly heartbeatMs: number;
  /** How long a reader's socket may accept no byte before it is closed. */
  readonly slowReaderMs: number;
  /** How long a start waits for another process to release the data folder. */
  readonly folderLockMs: number;
  /** Minimum time between two commits. */
  readonly commitMs: number;
  /** Interval at which SQLite's write-ahead log is truncated, so that it contains no deleted data. */
  readonly walMs: number;
  /** Delay before a failed commit is retried. */
  readonly storageRetryMs: number;
  /** How long a stop waits for its intent to be stored before it takes effect anyway. */
  readonly stopIntentMs: number;
  /** How long a node's lease is valid without a renewal; then the other nodes take over its streams. */
  readonly nodeLeaseMs: number;
  /** Interval at which a node renews its lease and reads the requests of other nodes. */
  readonly leaseRenewMs: number;
  /** Interval at which a stream is polled without a hint: for readers on another node, or while its producer is idle. */
  readonly pollMs: number;
  /** The idle time after which a reader's node checks in the database whether another node's stream has ended. */
  readonly idleMs: number;
  /** How long a reply of Redis may take before its connection is closed. */
  readonly redisTimeoutMs: number;
}

/** The durations that a server uses unless a setting changes them. */
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
  revocationPollMs: 2_000,
  shutdownGraceMs: 10_000,
  requestMs: 30_000,
  closeMs: 1_000,
  heartbeatMs: 15_000,
  slowReaderMs: 30_000,
  folderLockMs: 5_000,
  commitMs: 5,
  walMs: 20_000,
  storageRetryMs: 500,
  stopIntentMs: 250,
  nodeLeaseMs: 8_000,
  leaseRenewMs: 500,
  pollMs: 1_000,
  idleMs: 2_000,
  redisTimeoutMs: 2_000,
};
