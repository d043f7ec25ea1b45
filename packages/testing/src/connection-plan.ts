// The faults that a test plans for one request to the programmable server.

/** The fault of one request. A request without a plan is answered in full. */
export interface ConnectionPlan {
  /** The response instead of a stream. A string is sent as it is, anything else as JSON. */
  readonly refuse?: { status: number; body?: unknown; headers?: Record<string, string> };
  /** Closes the socket before the headers; a start has happened nonetheless. */
  readonly cutBeforeHeaders?: boolean;
  /** Closes the socket after so many bytes of the body, or so many events. */
  readonly cutAfterBytes?: number;
  readonly cutAfterEvents?: number;
  /** Ends the body properly, instead of closing the socket, where it is cut. */
  readonly cutIsClean?: boolean;
  /** Sends nothing more and keeps the socket open: before the headers, or after them. */
  readonly silent?: 'headers' | 'body';
  /** Delays the response. */
  readonly delayMs?: number;
  /** Writes the body in pieces of so many bytes, a turn of the event loop apart; the last length is repeated. */
  readonly pieces?: readonly number[];
  /** Leaves the `Stream-Id` header out, like a server that does not expose it. */
  readonly hidesStreamId?: boolean;
}
