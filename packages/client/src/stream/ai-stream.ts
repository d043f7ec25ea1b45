// One reply after another, as a store that a page can show. Reads at most one stream at a time. Leaving a stream never ends
// its generation; `stop` does, and completes by itself once it was called.
import { isComplete, type StreamError, type StreamId } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { createStore, guarded } from '../store.ts';
import { pause } from '../transport/connectivity.ts';
import { streamErrorOf } from '../transport/request.ts';
import type { ReadEvent } from './follow.ts';
import { type ClientContext, clientContextOf, readStream } from './read-stream.ts';
import { initialState, isStreaming, reduce, type StreamState } from './reduce.ts';
import type { SentStart, StartRequest } from './start-request.ts';
import { stopStream, streamIdOf } from './stop.ts';
import { uniqueId } from './unique-id.ts';

/** Reads replies, one at a time. Nothing here throws or rejects: errors are in the state, and passed to `onError`. */
export interface AIStream {
  /** Starts a stream and reads it. A stream that was being read is left; its generation goes on. `key` is the idempotency
   *  key: the same request with the same key is the same start. */
  start(request: StartRequest, options?: { readonly key: string }): void;
  /** Reads an existing stream from its start. */
  resume(streamId: StreamId): void;
  /** Ends the generation. Resolves once its end has been read, or after `stopEndMs`. */
  stop(): Promise<void>;
  /** Stops reading; the generation goes on, and the state keeps what was received. */
  leave(): void;
  /** Leaves, and clears the state. */
  reset(): void;
  getState(): StreamState;
  /** Calls `listener` after each change of the state; returns a function that ends this. */
  subscribe(listener: () => void): () => void;
}

/** Creates a client; it does nothing before `start` or `resume`. */
export function createAIStream(options: AIStreamOptions = {}): AIStream {
  return createLiveAIStream(() => options);
}

/** Creates a client whose options may change while it works: they are read at each use. */
export function createLiveAIStream(options: () => AIStreamOptions): AIStream {
  const { getState, setState, subscribe } = createStore(initialState);
  let reading: ActiveRead | undefined;

  function read(target: StreamId | SentStart, streamId?: StreamId): void {
    reading?.over.abort();
    const begun: ActiveRead = { target, over: new AbortController(), context: clientContextOf(options), given: 0 };
    reading = begun;
    setState({ ...initialState, status: 'starting', streamId });
    void run(begun);
  }

  function isCurrent(one: ActiveRead): boolean {
    return one === reading && !one.over.signal.aborted;
  }

  async function run(one: ActiveRead): Promise<void> {
    try {
      for await (const events of readStream(one.target, { ...one.context, signal: one.over.signal })) {
        if (isCurrent(one)) take(one, events);
      }
    } catch (error) {
      fail(one, streamErrorOf(error));
    } finally {
      one.over.abort();
    }
  }

  /** One network read is one change of the state, however many events it brought. */
  function take(one: ActiveRead, events: readonly ReadEvent[]): void {
    const pieces: string[] = [];
    let next = getState();
    for (const event of events) {
      next = reduce(next, event);
      if (event.type !== 'text') continue;
      const fresh = next.text.length - one.given;
      if (fresh <= 0) continue; // a stream that was read again from its start is reported once
      pieces.push(event.text.slice(-fresh));
      one.given = next.text.length;
    }
    setState(next);
    for (const piece of pieces) tell(one, ({ onChunk }) => onChunk?.(piece));
    const { finishReason, error } = next;
    if (isComplete(finishReason)) tell(one, ({ onComplete }) => onComplete?.(next.text));
    if (error !== undefined) tell(one, ({ onError }) => onError?.(error));
  }

  function fail(one: ActiveRead, { message, code, retryAfter }: StreamError): void {
    if (!isCurrent(one)) return;
    setState({ ...getState(), status: 'ended', error: message, code, retryAfter });
    tell(one, ({ onError }) => onError?.(message));
    one.over.abort();
  }

  function tell(one: ActiveRead, call: (callbacks: AIStreamOptions) => void): void {
    if (isCurrent(one)) guarded(() => call(options()));
  }

  async function stop(one: ActiveRead, { streamId }: StreamState): Promise<void> {
    const { target, context, over } = one;
    let known = streamId;
    try {
      known ??= typeof target === 'string' ? target : await streamIdOf(target, context);
      await stopStream(known, context);
      await pause(context.timings.stopEndMs, { signal: over.signal, isFirm: true });
    } catch (error) {
      const failure = streamErrorOf(error);
      if (known !== undefined || failure.code === 'network') fail(one, failure); // otherwise nothing was started
    }
    if (!isCurrent(one)) return;
    setState({ ...getState(), status: 'ended', finishReason: 'stopped' });
    over.abort();
  }

  return {
    start: (request, chosen) => read({ key: uniqueId(), ...chosen, body: bodyOf(request) }),
    resume: (streamId) => read(streamId, streamId),
    stop: async () => {
      if (!reading || getState().status === 'ended') return;
      reading.stopping ??= stop(reading, getState());
      await reading.stopping;
    },
    leave() {
      reading?.over.abort();
      if (isStreaming(getState())) setState({ ...getState(), status: 'idle' });
    },
    reset() {
      reading?.over.abort();
      reading = undefined;
      setState(initialState);
    },
    getState,
    subscribe,
  };
}

/** The request as JSON; nothing where it cannot be written, which the server refuses as it does any bad request. */
function bodyOf(request: StartRequest): string {
  try {
    return JSON.stringify(request);
  } catch {
    return '';
  }
}

/** The stream that is being read, until it ended, failed or was left. */
interface ActiveRead {
  readonly target: StreamId | SentStart;
  readonly over: AbortController;
  readonly context: ClientContext;
  /** How much of the reply's text was passed to `onChunk`, in UTF-16 units. */
  given: number;
  stopping?: Promise<void>;
}
