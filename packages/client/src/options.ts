// Client options. The defaults fit a page that the Sillage server itself serves.
import type { ClientTimings } from './timings.ts';

/** Options of a client. The client reads them on each use, so a hook may replace them at any time. */
export interface AIStreamOptions {
  /** The server's origin, without a trailing slash. Default: the origin of the page. */
  readonly baseUrl?: string | undefined;
  /** Returns the JWT. Called for every request, and again with `refresh` after a 401. */
  readonly getToken?: ((asked: { refresh: boolean }) => string | undefined | Promise<string | undefined>) | undefined;
  /** Receives each new piece of the reply's text, in order and once. */
  readonly onChunk?: ((chunk: string) => void) | undefined;
  /** Receives the whole text when the finish reason is `stop`, `length` or `content-filter`. */
  readonly onComplete?: ((fullText: string) => void) | undefined;
  /** Receives a message for the user when the reply fails, is interrupted or rejected, or the client gives up. */
  readonly onError?: ((error: string) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly random?: (() => number) | undefined;
  /** Wall clock, in milliseconds. It must advance while the machine sleeps. */
  readonly now?: (() => number) | undefined;
  readonly timings?: Partial<ClientTimings> | undefined;
}
