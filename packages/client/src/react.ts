'use client';
// The hook: binds one client to one component. The client is the store; React subscribes, rendering once a frame at most.
import { isComplete, type StreamId } from '@sillage/protocol';
import { type RefObject, useEffect, useInsertionEffect, useRef, useState, useSyncExternalStore } from 'react';
import { subscribeByFrame } from './frame.ts';
import type { AIStreamOptions } from './options.ts';
import { createLiveAIStream } from './stream/ai-stream.ts';
import { isStreaming, type StreamState } from './stream/reduce.ts';
import type { StartRequest } from './stream/start-request.ts';

export type { ConversationMessage, ConversationState } from './conversation/conversation-view.ts';
export type { AIStreamOptions } from './options.ts';
export { type UseConversation, type UseConversationOptions, useConversation, useFeed } from './react-conversation.ts';
export type { StreamState } from './stream/reduce.ts';
export type { StartRequest } from './stream/start-request.ts';
export type { ClientTimings } from './timings.ts';

/** What `useAIStream` returns; the functions keep their identity from render to render. */
export interface UseAIStream {
  /** All text received so far. */
  readonly text: string;
  readonly isStreaming: boolean;
  /** What a person can do about an error; `null` without one. */
  readonly error: string | null;
  /** Whether the reply is whole. A stopped one is not, and is no error either. */
  readonly isComplete: boolean;
  readonly startStream: (request: StartRequest) => void;
  /** Ends the generation on the server. */
  readonly stopStream: () => Promise<void>;
  readonly reset: () => void;
  readonly state: StreamState;
  /** Reads an existing stream from its start. */
  readonly resumeStream: (streamId: StreamId) => void;
}

/** Streams one reply at a time into a component, and resumes by itself after a lost connection.
 *  On unmount a stream with a `sessionId` goes on, one without is stopped. */
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
          if (mounts > 0) return; // StrictMode mounts twice in one go
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
