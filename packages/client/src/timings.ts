// Every duration and count of the client, in one place; tests shorten them.

/** Durations in milliseconds, and the counts `attempts` and `stopAttempts`. */
export interface ClientTimings {
  /** A connection without a byte for this long is given up and resumed; heartbeats count. */
  readonly silenceMs: number;
  /** How often the clock is checked, so that a laptop that slept notices on waking. */
  readonly tickMs: number;
  /** The longest pause after a first lost connection; it doubles with each attempt without progress. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Connections in a row without progress after which the client gives up. */
  readonly attempts: number;
  /** A longer `Retry-After` than this is an error at once, with its `retryAfter`. */
  readonly retryAfterMaxMs: number;
  /** How often a stop is sent before it fails. */
  readonly stopAttempts: number;
  /** The timeout of one stop request. */
  readonly stopAnswerMs: number;
  /** How long to wait for the end event of a stopped stream. */
  readonly stopEndMs: number;
}

/** The timings of production. */
export const defaultTimings: ClientTimings = {
  silenceMs: 45_000,
  tickMs: 1_000,
  backoffMs: 500,
  backoffMaxMs: 15_000,
  attempts: 10,
  retryAfterMaxMs: 60_000,
  stopAttempts: 5,
  stopAnswerMs: 10_000,
  stopEndMs: 5_000,
};
