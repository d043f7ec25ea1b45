// The options of a client. The defaults fit a page that the Sillage server itself serves.
import type { ClientTimings } from './timings.ts';

/** Options of a client. They are read at each use, so a hook may replace them at any time. */
export interface AIStreamOptions {
  /** The server's origin, without a trailing slash. Default: that of the page. */
  readonly baseUrl?: string | undefined;
  /** Returns the JWT; called for every request, and once more with `refresh` after a 401. */
  readonly getToken?: ((asked: { refresh: boolean }) => string | undefined | Promise<string | undefined>) | undefined;
  /** Receives each new piece of the reply's text, in order and once. */
  readonly onChunk?: ((chunk: string) => void) | undefined;
  /** Receives the whole text when the finish reason is `stop`, `length` or `content-filter`. */
  readonly onComplete?: ((fullText: string) => void) | undefined;
  /** Receives what a person can do when the reply failed or was interrupted, was rejected, or the client gave up. */
  readonly onError?: ((error: string) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly random?: (() => number) | undefined;
  /** The wall clock, in milliseconds: one that goes on while the machine sleeps. */
  readonly now?: (() => number) | undefined;
  readonly timings?: Partial<ClientTimings> | undefined;
}
