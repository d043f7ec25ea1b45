// All durations and counts of the client. Tests shorten them.

/** Durations in milliseconds, plus the counts `attempts` and `stopAttempts`. */
export interface ClientTimings {
  /** Stall timeout: a connection that receives no byte for this long is closed and resumed. Heartbeats count as
   *  bytes. */
  readonly silenceMs: number;
  /** Interval of the clock check that detects that a laptop was asleep. */
  readonly tickMs: number;
  /** Maximum delay after a first lost connection. It doubles with each attempt without progress. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Number of consecutive connections without progress after which the client gives up. */
  readonly attempts: number;
  /** Longest accepted `Retry-After`. A longer one ends the attempt at once with an error that has `retryAfter`. */
  readonly retryAfterMaxMs: number;
  /** Number of stop requests sent before stopping fails. */
  readonly stopAttempts: number;
  /** Timeout of one stop request. */
  readonly stopTimeoutMs: number;
  /** Timeout for the end event of a stopped stream. */
  readonly stopEndMs: number;
}

/** Default timings. */
export const defaultTimings: ClientTimings = {
  silenceMs: 45_000,
  tickMs: 1_000,
  backoffMs: 500,
  backoffMaxMs: 15_000,
  attempts: 10,
  retryAfterMaxMs: 60_000,
  stopAttempts: 5,
  stopTimeoutMs: 10_000,
  stopEndMs: 5_000,
};
