// What a client can be told. Everything has a default that fits a page served by the Sillage server itself.
import type { ClientTimings } from './timings.ts';

/** Configures a client. Read anew at each use, so a hook may exchange it at any time. */
export interface AIStreamOptions {
  /** The server's origin, without a slash at the end; default: that of the page. */
  readonly baseUrl?: string | undefined;
  /** Gives the JWT; asked at every connection, and once more with `refresh` after a 401. */
  readonly getToken?: ((asked: { refresh: boolean }) => string | undefined | Promise<string | undefined>) | undefined;
  /** Gets each new piece of reply text: in order, never twice. */
  readonly onChunk?: ((chunk: string) => void) | undefined;
  /** Gets the whole text, where the finish reason is `stop`, `length` or `content-filter`. */
  readonly onComplete?: ((fullText: string) => void) | undefined;
  /** Gets what a person can do: the reply failed or was interrupted, was refused, or the client gave up. */
  readonly onError?: ((error: string) => void) | undefined;
  readonly fetch?: typeof fetch | undefined;
  readonly random?: (() => number) | undefined;
  /** The wall clock, in milliseconds: one that goes on while the machine sleeps. */
  readonly now?: (() => number) | undefined;
  readonly timings?: Partial<ClientTimings> | undefined;
}
