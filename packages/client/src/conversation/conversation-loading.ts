// Asks the server for what is new in a conversation: one request at a time, however many reasons there are, and none
// while a start is on its way, so that an answer is never shown beside the message that it contains.
import type { SessionAnswer, StreamError } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { clientContextOf } from '../stream/read-stream.ts';
import { pause } from '../transport/connectivity.ts';
import { readSession } from '../transport/json-routes.ts';
import { isRetryable, streamErrorOf } from '../transport/request.ts';
import { hasStored, type KnownConversation } from './conversation-state.ts';

/** A refresh asks for so many messages, and for more until it meets one that is known. */
const refreshLimit = 20;

/** Says what to load, and what to do with it. */
export interface Loading {
  readonly sessionId: string;
  readonly options: () => AIStreamOptions;
  readonly known: () => KnownConversation;
  /** Counts the changes of the branch that were made here. */
  readonly choices: () => number;
  /** A start was sent, and its stream is not known yet. */
  readonly isStarting: () => boolean;
  /** Gets what the server has: `undefined` where it has nothing; `isStale`, where the branch has changed here since. */
  readonly take: (session: SessionAnswer | undefined, asked: { isStale: boolean }) => void;
  readonly fail: (error: StreamError) => void;
}

/** Loads one conversation, and brings it up to date. */
export interface Loader {
  /** Asks for what is new; resolves once an answer was taken that was asked for after this call: `false` if none came. */
  refresh(signal: AbortSignal): Promise<boolean>;
  /** Gives the next page of older messages, where there is one and it can be had. */
  older(signal: AbortSignal | undefined): Promise<SessionAnswer | undefined>;
  /** Tells that a start was answered. */
  started(): void;
  /** Makes the next answer begin a reading again that has failed. */
  hope(): void;
  isHopeful(): boolean;
}

/** Is one series of requests, which goes on while more is wanted. */
interface Run {
  readonly signal: AbortSignal;
  isWanted: boolean;
  done: Promise<boolean>;
}

/** Makes a loader; it does nothing before it is asked. */
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
        await startAnswered(signal); // one may have been sent meanwhile
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

  /** The first load fails at once, so that a person is told; a later one is worth some patience. */
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
      return undefined; // `hasOlder` stays, so it can be asked for again
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

/** The newest answer says what the conversation is; an older page only adds its messages. */
function withOlder(session: SessionAnswer, older: SessionAnswer): SessionAnswer {
  const { next, ...newer } = session;
  return {
    ...newer,
    messages: [...older.messages, ...session.messages],
    ...(older.next !== undefined && { next: older.next }),
  };
}
