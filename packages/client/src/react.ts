'use client';
// React hook for one stream: binds one client to one component. The client is the store; the hook renders at most once
// per frame.
import { isComplete, type StreamId } from '@sillage/protocol';
import { useEffect, useInsertionEffect, useState, useSyncExternalStore } from 'react';
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
  const [bound] = useState(() => bind(options));
  useInsertionEffect(() => bound.update(options));
  useEffect(bound.mount, []);
  const state = useSyncExternalStore(bound.subscribe, bound.getState, bound.getState);
  const { text, reasoning, error = null, finishReason } = state;
  return {
    ...bound.verbs,
    text,
    reasoning,
    isStreaming: isStreaming(state),
    error,
    isComplete: isComplete(finishReason),
    state,
  };
}

function bind(options: AIStreamOptions) {
  let latest = options;
  const stream = createLiveAIStream(() => latest);
  let isKept = true;
  let mounts = 0;
  return {
    getState: stream.getState,
    update(next: AIStreamOptions) {
      latest = next;
    },
    subscribe: (onChange: () => void) =>
      subscribeByFrame(stream, (before, after) => before.status === after.status, onChange),
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
