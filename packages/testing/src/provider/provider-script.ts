// Script type of the test provider: a function that responds to one request.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** One request as the provider received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed JSON, or the text if it is not JSON. */
  readonly body: unknown;
  /** Resolves when the connection closes before the response is finished; `at` is in ms since the epoch. */
  readonly closed: Promise<{ readonly at: number }>;
}

/** Responds to one request. It may leave the response open, or destroy its socket. */
export type ProviderScript = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;
