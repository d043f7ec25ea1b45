'use client';
// React hooks for a conversation and the feed. The hooks subscribe to the stores and render at most once per frame.
import { useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { type Conversation, type ConversationOptions, createLiveConversation } from './conversation/conversation.ts';
import type { ConversationState } from './conversation/conversation-view.ts';
import type { Feed, FeedState } from './feed/feed.ts';
import { subscribeByFrame } from './render-throttle.ts';

/** Options of `createConversation`. */
export type UseConversationOptions = Omit<ConversationOptions, 'sessionId'>;

/** Return value of `useConversation`. The functions keep their identity while `sessionId` stays the same. */
export interface UseConversation
  extends ConversationState,
    Pick<Conversation, 'load' | 'loadOlder' | 'send' | 'stop' | 'regenerate' | 'continueReply' | 'edit' | 'select'> {
  readonly conversation: Conversation;
}

/** Subscribes to a conversation and sends messages in it. Replies that are started elsewhere appear live. Options
 *  may change at any time, except `feed`, which is fixed on the first render. An active reply continues after
 *  unmounting. */
export function useConversation(sessionId: string, options: UseConversationOptions = {}): UseConversation {
  const latest = useRef(options);
  useInsertionEffect(() => {
    latest.current = options;
  });
  const bound = useMemo(() => bind(sessionId, () => latest.current), [sessionId]);
  useEffect(() => bound.mount(), [bound]);
  const { getState } = bound.conversation;
  const state = useSyncExternalStore(bound.subscribe, getState, getState);
  return { ...state, ...bound.verbs };
}

/** Returns the state of the feed's connection. */
export function useFeed(feed: Feed): FeedState {
  return useSyncExternalStore(feed.subscribe, feed.getState, feed.getState);
}

function bind(sessionId: string, options: () => UseConversationOptions) {
  const conversation = createLiveConversation(sessionId, options);
  const { load, loadOlder, send, stop, regenerate, continueReply, edit, select } = conversation;
  return {
    conversation,
    verbs: { conversation, load, loadOlder, send, stop, regenerate, continueReply, edit, select },
    subscribe: (onChange: () => void) => subscribeByFrame(conversation, isGrowth, onChange),
    mount() {
      void load();
      return conversation.close;
    },
  };
}

/** Whether the only change is that the active reply has grown. */
function isGrowth(before: ConversationState, after: ConversationState): boolean {
  const { messages, stream, ...rest } = before;
  const keys = Object.keys(rest) as Array<keyof typeof rest>;
  return (
    stream.status === after.stream.status &&
    messages.length === after.messages.length &&
    messages.at(-1)?.id === after.messages.at(-1)?.id &&
    keys.every((key) => before[key] === after[key])
  );
}
