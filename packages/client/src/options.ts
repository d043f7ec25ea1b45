// Client options. The defaults fit a page that the Sillage server itself serves.
import type { ClientTimings } from './timings.ts';

/** How to reach the server. */
export interface ServerOptions {
  /** The server's origin. Default: the origin of the page. */
  readonly baseUrl?: string | undefined;
  /** The path of the module's routes, with a slash before it and none after it. Default: `/api/ai-chat`. */
  readonly path?: string | undefined;
  /** Returns the JWT. Called for every request, and with `refresh` after a 401 and before the token of an open connection
   *  expires. */
  readonly getToken?: ((request: { refresh: boolean }) => string | undefined | Promise<string | undefined>) | undefined;
  /** Added to every request. Another origin must allow them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `include` sends cookies to another origin, which must allow that. Default: `same-origin`. */
  readonly credentials?: RequestCredentials | undefined;
  /** Sends requests. It must stream the body of a response: in React Native, the `fetch` of `expo/fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** Options of a client. The client reads them on each use, so a hook may replace them at any time. */
export interface AIStreamOptions extends ServerOptions {
  /** Receives each new piece of the reply's text, in order and once. */
  readonly onChunk?: ((chunk: string) => void) | undefined;
  /** Receives the whole text when the finish reason is `stop`, `length` or `content-filter`. */
  readonly onComplete?: ((fullText: string) => void) | undefined;
  /** Receives a message for the user when the reply fails, is interrupted or rejected, or the client gives up. */
  readonly onError?: ((error: string) => void) | undefined;
  readonly random?: (() => number) | undefined;
  /** Wall clock, in milliseconds. It must advance while the machine sleeps. */
  readonly now?: (() => number) | undefined;
  readonly timings?: Partial<ClientTimings> | undefined;
}
