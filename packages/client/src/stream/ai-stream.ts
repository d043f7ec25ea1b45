// One reply after another, as a store that a page can show. Reads at most one stream at a time. Leaving a stream never ends
// its generation. `stop` does, and continues even if the client leaves the stream meanwhile.
import type { StreamId } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { createStore } from '../store.ts';
import { type ActiveRead, readInto } from './active-read.ts';
import { initialState, isStreaming, type StreamState } from './reduce.ts';
import { type SentStart, type StartRequest, sentStart } from './start-request.ts';
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
  /** Calls `listener` after each change of the state; returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}

/** Creates a client; it does nothing before `start` or `resume`. */
export function createAIStream(options: AIStreamOptions = {}): AIStream {
  return createLiveAIStream(() => options);
}

/** Creates a client whose options may change while it works: they are read at each use. */
export function createLiveAIStream(options: () => AIStreamOptions): AIStream {
  const store = createStore(initialState);
  const { getState, setState, subscribe } = store;
  let reading: ActiveRead | undefined;

  function read(target: StreamId | SentStart): void {
    reading?.over.abort();
    reading = readInto(store, target, options); // before the state changes: a listener may start another one
    setState({ ...initialState, status: 'starting', streamId: typeof target === 'string' ? target : undefined });
  }

  return {
    start: (request, { key } = { key: uniqueId() }) => read(sentStart(key, bodyOf(request))),
    resume: read,
    stop: async () => {
      if (getState().status !== 'ended') await reading?.stop();
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
