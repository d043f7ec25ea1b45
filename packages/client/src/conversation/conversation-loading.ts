// Loads changes of a conversation: at most one request at a time, and none while a start request is pending, so that a
// response is never displayed beside the local message that it contains.
import type { SessionAnswer, StreamError } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { clientContextOf } from '../stream/read-stream.ts';
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
  /** Number of local changes of the branch. */
  readonly choices: () => number;
  /** Whether a start request is pending and its stream is not known yet. */
  readonly isStarting: () => boolean;
  /** Receives a response; `undefined` means that the server has no such conversation. `isStale`: the branch has
   *  changed locally since the request. */
  readonly take: (session: SessionAnswer | undefined, asked: { isStale: boolean }) => void;
  readonly fail: (error: StreamError) => void;
}

/** Loads one conversation and keeps it up to date. */
export interface Loader {
  /** Loads changes. Resolves with whether a response to a request sent after this call was applied. */
  refresh(signal: AbortSignal): Promise<boolean>;
  /** Loads the next page of older messages. Resolves with `undefined` if there is none or the request fails. */
  older(signal: AbortSignal | undefined): Promise<SessionAnswer | undefined>;
  /** Notifies the loader that the pending start request has received its response. */
  started(): void;
  /** Allows the next response to restart a failed read. */
  hope(): void;
  isHopeful(): boolean;
}

/** One series of requests, which continues while another refresh is wanted. */
interface Run {
  readonly signal: AbortSignal;
  isWanted: boolean;
  done: Promise<boolean>;
}

/** Creates a loader. It sends nothing before the first call. */
export function createLoader({ sessionId, options, known, choices, isStarting, take, fail }: Loading): Loader {
  let running: Run | undefined;
  let isHopeful = false;
  const waiting: Array<() => void> = [];
  let loadingOlder: Promise<SessionAnswer | undefined> | undefined;

  function refresh(signal: AbortSignal): Promise<boolean> {
    if (running === undefined || running.signal.aborted) {
      const begun: Run = { signal, isWanted: true, done: Promise.resolve(false) };
      running = begun;
      begun.done = run(begun);
    }
    running.isWanted = true;
    return running.done;
  }

  async function run(one: Run): Promise<boolean> {
    const { signal } = one;
    let isTaken = false;
    while (one.isWanted && !signal.aborted) {
      await startAnswered(signal);
      one.isWanted = false;
      const asked = choices();
      try {
        const session = await patiently(signal);
        await startAnswered(signal); // another may have been sent meanwhile
        if (signal.aborted) break;
        const isStale = asked !== choices();
        one.isWanted ||= isStale;
        take(session, { isStale });
        isTaken = true;
      } catch (error) {
        isTaken = false;
        if (!signal.aborted) fail(streamErrorOf(error));
      }
      isHopeful = false;
    }
    if (running === one) running = undefined;
    return isTaken;
  }

  function startAnswered(signal: AbortSignal): Promise<void> {
    if (!isStarting() || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Loads the newest messages. The first load fails at once, so that the user sees the error; a later one is
   *  retried. */
  async function patiently(signal: AbortSignal): Promise<SessionAnswer | undefined> {
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

  async function newest(signal: AbortSignal): Promise<SessionAnswer> {
    const isFirst = !hasStored(known());
    const limit = isFirst ? undefined : refreshLimit;
    let session = await readSession(sessionId, { ...options(), signal, limit });
    while (session.next !== undefined && !isEnough(session, isFirst)) {
      const older = await readSession(sessionId, { ...options(), signal, limit, before: session.next });
      session = withOlder(session, older);
    }
    return session;
  }

  function isEnough({ messages, leafId }: SessionAnswer, isFirst: boolean): boolean {
    if (isFirst) return leafId === undefined || messages.some(({ id }) => id === leafId);
    return messages.some(({ id }) => known().tree.get(id)?.isStored);
  }

  async function older(signal: AbortSignal | undefined): Promise<SessionAnswer | undefined> {
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
    started() {
      for (const resolve of waiting.splice(0)) resolve();
    },
    hope() {
      isHopeful = true;
    },
    isHopeful: () => isHopeful,
  };
}

/** Prepends an older page to a response. The conversation's own fields come from the newest response. */
function withOlder(session: SessionAnswer, older: SessionAnswer): SessionAnswer {
  const { next, ...newer } = session;
  return {
    ...newer,
    messages: [...older.messages, ...session.messages],
    ...(older.next !== undefined && { next: older.next }),
  };
}
