// Every duration and count of the client, in one place; tests shorten them.

/** Bounds how long the client waits for what. Milliseconds, but for the counts `attempts` and `stopAttempts`. */
export interface ClientTimings {
  /** A connection that brought no byte for so long is given up and resumed; a heartbeat is a byte. */
  readonly silenceMs: number;
  /** How often the clock is compared, so that a laptop that slept notices on waking. */
  readonly tickMs: number;
  /** The longest first pause after a lost connection; it doubles with each attempt that brought nothing. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Connections in a row that may bring nothing before the client gives up. */
  readonly attempts: number;
  /** A server that asks for more patience than this is an error at once, with its `retryAfter`. */
  readonly retryAfterMaxMs: number;
  /** How often a stop is sent before it counts as failed. */
  readonly stopAttempts: number;
  /** How long one stop may go unanswered. */
  readonly stopAnswerMs: number;
  /** How long the end event of a stopped stream is waited for. */
  readonly stopEndMs: number;
}

/** Holds the timings of production. */
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
