'use client';
// React hook for one stream: binds one client to one component. The client is the store; the hook renders at most once
// per frame.
import { isComplete, type StreamId } from '@sillage/protocol';
import { type RefObject, useEffect, useInsertionEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { AIStreamOptions } from './options.ts';
import { subscribeByFrame } from './render-throttle.ts';
import { createLiveAIStream } from './stream/ai-stream.ts';
import { isStreaming, type StreamState } from './stream/reduce.ts';
import type { StartRequest } from './stream/start-request.ts';

export type { ConversationMessage, ConversationState } from './conversation/conversation-view.ts';
export type { AIStreamOptions, ServerOptions } from './options.ts';
export { type UseConversation, type UseConversationOptions, useConversation, useFeed } from './react-conversation.ts';
export type { StreamState } from './stream/reduce.ts';
export type { StartRequest } from './stream/start-request.ts';
export type { ClientTimings } from './timings.ts';

/** Return value of `useAIStream`. The functions keep their identity across renders. */
export interface UseAIStream {
  /** All text received so far. */
  readonly text: string;
  /** All reasoning of the model so far, which comes before the text; `''` if there is none. */
  readonly reasoning: string;
  readonly isStreaming: boolean;
  /** Error message for the user, or `null`. */
  readonly error: string | null;
  /** Whether the reply is complete. A stopped reply is neither complete nor an error. */
  readonly isComplete: boolean;
  readonly startStream: (request: StartRequest) => void;
  /** Stops the generation on the server. */
  readonly stopStream: () => Promise<void>;
  readonly reset: () => void;
  readonly state: StreamState;
  /** Reads an existing stream from its start. */
  readonly resumeStream: (streamId: StreamId) => void;
}

/** Streams one reply at a time into a component and resumes automatically after a lost connection. On unmount, a
 *  stream with a `sessionId` continues; a stream without one is stopped. */
export function useAIStream(options: AIStreamOptions = {}): UseAIStream {
  const latest = useRef(options);
  useInsertionEffect(() => {
    latest.current = options;
  });
  const [bound] = useState(() => bind(latest));
  useEffect(bound.mount, []);
  const state = useSyncExternalStore(bound.subscribe, bound.stream.getState, bound.stream.getState);
  return {
    ...bound.verbs,
    text: state.text,
    reasoning: state.reasoning,
    isStreaming: isStreaming(state),
    error: state.error ?? null,
    isComplete: isComplete(state.finishReason),
    state,
  };
}

function bind(latest: RefObject<AIStreamOptions>) {
  const stream = createLiveAIStream(() => latest.current);
  let isKept = true;
  let mounts = 0;
  return {
    stream,
    subscribe: (onChange: () => void) => subscribeByFrame(stream, isGrowth, onChange),
    verbs: {
      startStream(request: StartRequest) {
        isKept = request.sessionId !== undefined;
        stream.start(request);
      },
      resumeStream(streamId: StreamId) {
        isKept = true;
        stream.resume(streamId);
      },
      stopStream: stream.stop,
      reset: stream.reset,
    },
    mount() {
      mounts++;
      return () => {
        mounts--;
        queueMicrotask(() => {
          if (mounts > 0) return; // StrictMode unmounts and remounts synchronously
          if (!isKept) void stream.stop();
          stream.leave();
        });
      };
    },
  };
}

function isGrowth(before: StreamState, after: StreamState): boolean {
  return before.status === after.status;
}
