'use client';
// The hooks of a conversation and of the feed. The stores do the work; React subscribes, rendering once a frame at most.
import { useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { type Conversation, type ConversationOptions, createLiveConversation } from './conversation/conversation.ts';
import type { ConversationState } from './conversation/conversation-view.ts';
import type { Feed, FeedState } from './feed/feed.ts';
import { subscribeByFrame } from './frame.ts';

/** Options of `createConversation`. */
export type UseConversationOptions = Omit<ConversationOptions, 'sessionId'>;

/** What `useConversation` returns; the functions keep their identity while `sessionId` does. */
export interface UseConversation
  extends ConversationState,
    Pick<Conversation, 'load' | 'loadOlder' | 'send' | 'stop' | 'regenerate' | 'edit' | 'select'> {
  readonly conversation: Conversation;
}

/** Shows a conversation, live wherever its replies are started, and sends messages. Options may change at any time, except
 *  `feed`: that of the first render is used. A reply under way goes on after unmounting. */
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

/** The state of the feed's connection. */
export function useFeed(feed: Feed): FeedState {
  return useSyncExternalStore(feed.subscribe, feed.getState, feed.getState);
}

function bind(sessionId: string, options: () => UseConversationOptions) {
  const conversation = createLiveConversation(sessionId, options);
  const { load, loadOlder, send, stop, regenerate, edit, select } = conversation;
  return {
    conversation,
    verbs: { conversation, load, loadOlder, send, stop, regenerate, edit, select },
    subscribe: (onChange: () => void) => subscribeByFrame(conversation, isGrowth, onChange),
    mount() {
      void load();
      return conversation.close;
    },
  };
}

/** Whether only the reply under way has grown. */
function isGrowth(before: ConversationState, after: ConversationState): boolean {
  const { messages, stream, ...rest } = before;
  const keys = Object.keys(rest) as Array<keyof typeof rest>;
  return (
    stream.status === after.stream.status &&
    messages.length === after.messages.length &&
    messages.at(-1)?.key === after.messages.at(-1)?.key &&
    keys.every((key) => before[key] === after[key])
  );
}
