'use client';
// The hooks of a conversation and of the feed. The stores do the work; React only subscribes, once a frame at most.
import { useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { type Conversation, type ConversationOptions, createLiveConversation } from './conversation/conversation.ts';
import type { ConversationState } from './conversation/conversation-view.ts';
import type { Feed, FeedState } from './feed/feed.ts';
import { subscribeByFrame } from './frame.ts';

/** Configures a conversation as `createConversation` does. */
export type UseConversationOptions = Omit<ConversationOptions, 'sessionId'>;

/** Is what `useConversation` gives; the functions stay the same ones while `sessionId` does. */
export interface UseConversation
  extends ConversationState,
    Pick<Conversation, 'load' | 'loadOlder' | 'send' | 'stop' | 'regenerate' | 'edit' | 'select'> {
  readonly conversation: Conversation;
}

/** Shows a conversation, live wherever its replies are started, and writes in it. Options may change at any time, `feed`
 *  excepted: that of the first render is used. Unmounting leaves a reply under way to go on. */
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

/** Shows how the feed is connected. */
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

/** Says that only the reply under way has grown. */
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
