// Faults that a test plans for one request to the programmable server.

/** Faults of one request. A request without a plan gets the full response. */
export interface ConnectionPlan {
  /** Response that replaces the stream. A string is sent unchanged, any other value as JSON. */
  readonly refuse?: { status: number; body?: unknown; headers?: Record<string, string> };
  /** Closes the socket before the headers; a start request still takes effect. */
  readonly cutBeforeHeaders?: boolean;
  /** Closes the socket after this number of bytes of the body, or of events. */
  readonly cutAfterBytes?: number;
  readonly cutAfterEvents?: number;
  /** Ends the body properly at the cut instead of closing the socket. */
  readonly cutIsClean?: boolean;
  /** Sends nothing more and keeps the socket open, either before or after the headers. */
  readonly silent?: 'headers' | 'body';
  /** Delays the response. */
  readonly delayMs?: number;
  /** Writes the body in pieces of these lengths in bytes, one per event-loop iteration; the last length repeats. */
  readonly pieces?: readonly number[];
  /** Omits the `Stream-Id` header, like a server that does not expose it. */
  readonly hidesStreamId?: boolean;
}
