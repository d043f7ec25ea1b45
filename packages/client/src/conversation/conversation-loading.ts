// Loads changes of a conversation: at most one request at a time.
import type { SessionResponse, StreamError } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { clientContextOf } from '../transport/client-context.ts';
import { pause } from '../transport/connectivity.ts';
import { readSession } from '../transport/json-routes.ts';
import { isRetryable, streamErrorOf } from '../transport/request.ts';
import { hasStored, type KnownConversation } from './conversation-state.ts';

/** Page size of a refresh. Further pages are loaded until one contains a known message. */
const refreshLimit = 20;

/** Inputs of a loader. */
export interface Loading {
  readonly sessionId: string;
  readonly options: () => AIStreamOptions;
  readonly known: () => KnownConversation;
  /** Receives a response; `undefined` means that the server has no such conversation. `isStale`: the
   *  conversation has changed locally since the request. */
  readonly take: (session: SessionResponse | undefined, request: { isStale: boolean }) => void;
  readonly fail: (error: StreamError) => void;
}

/** Loads one conversation and keeps it up to date. */
export interface Loader {
  /** Loads changes. Resolves after the response to a request that was sent after this call, or its failure. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Loads the next page of older messages. Resolves with `undefined` if there is none or the request fails. */
  older(signal: AbortSignal | undefined): Promise<SessionResponse | undefined>;
  /** Allows the next response to restart a failed read. */
  allowRetry(): void;
  isRetryAllowed(): boolean;
}

/** One series of requests, which continues while another refresh is wanted. */
interface Run {
  readonly signal: AbortSignal;
  isWanted: boolean;
  done: Promise<void>;
}

/** Creates a loader. It sends nothing before the first call. */
export function createLoader({ sessionId, options, known, take, fail }: Loading): Loader {
  let running: Run | undefined;
  let isRetryAllowed = false;
  let loadingOlder: Promise<SessionResponse | undefined> | undefined;

  function refresh(signal: AbortSignal): Promise<void> {
    if (running !== undefined && !running.signal.aborted) {
      running.isWanted = true;
      return running.done;
    }
    const begun: Run = { signal, isWanted: true, done: Promise.resolve() };
    running = begun;
    begun.done = run(begun);
    return begun.done;
  }

  async function run(one: Run): Promise<void> {
    const { signal } = one;
    while (one.isWanted && !signal.aborted) {
      one.isWanted = false;
      const { changes } = known();
      try {
        const session = await patiently(signal);
        if (signal.aborted) break;
        const isStale = changes !== known().changes;
        one.isWanted ||= isStale;
        take(session, { isStale });
      } catch (error) {
        if (!signal.aborted) fail(streamErrorOf(error));
      }
      isRetryAllowed = false;
    }
    if (running === one) running = undefined;
  }

  /** Loads the newest messages. The first load fails at once, so that the user sees the error; a later one is
   *  retried. */
  async function patiently(signal: AbortSignal): Promise<SessionResponse | undefined> {
    const { timings, backoff } = clientContextOf(options);
    for (let attempt = 1; ; attempt++) {
      try {
        return await newest(signal);
      } catch (cause) {
        const error = streamErrorOf(cause);
        if (error.code === 'not-found') return undefined;
        const isLast = known().status !== 'ready' || attempt >= timings.stopAttempts;
        if (isLast || !isRetryable(error) || signal.aborted) throw error;
      }
      await pause(backoff(attempt), { signal });
    }
  }

  async function newest(signal: AbortSignal): Promise<SessionResponse> {
    const isFirst = !hasStored(known());
    const limit = isFirst ? undefined : refreshLimit;
    let session = await readSession(sessionId, { ...options(), signal, limit });
    while (session.next !== undefined && !isEnough(session, isFirst)) {
      const older = await readSession(sessionId, { ...options(), signal, limit, before: session.next });
      session = withOlder(session, older);
    }
    return session;
  }

  function isEnough({ messages, leafId }: SessionResponse, isFirst: boolean): boolean {
    if (isFirst) return leafId === undefined || messages.some(({ id }) => id === leafId);
    return messages.some(({ id }) => known().tree.get(id)?.isStored);
  }

  async function older(signal: AbortSignal | undefined): Promise<SessionResponse | undefined> {
    const { next } = known();
    if (next === undefined) return undefined;
    try {
      const session = await readSession(sessionId, { ...options(), signal, before: next });
      return known().next === next && !signal?.aborted ? session : undefined;
    } catch {
      return undefined; // `hasOlder` stays true, so the page can be requested again
    }
  }

  return {
    refresh,
    older: (signal) => {
      if (loadingOlder) return loadingOlder.then(() => undefined);
      loadingOlder = older(signal).finally(() => {
        loadingOlder = undefined;
      });
      return loadingOlder;
    },
    allowRetry() {
      isRetryAllowed = true;
    },
    isRetryAllowed: () => isRetryAllowed,
  };
}

/** Prepends an older page to a response. The conversation's own fields come from the newest response. */
function withOlder(session: SessionResponse, older: SessionResponse): SessionResponse {
  const { next, ...newer } = session;
  return {
    ...newer,
    messages: [...older.messages, ...session.messages],
    ...(older.next !== undefined && { next: older.next }),
  };
}
