// The conversation list as React state.
import { useSyncExternalStore } from 'react';
import type { ConversationList } from './list-store/conversation-list.ts';
import type { ListState } from './list-store/list-state.ts';

/** Returns the state of the list, and renders again when it changes. */
export function useListState(list: ConversationList): ListState {
  return useSyncExternalStore(list.subscribe, list.getState, list.getState);
}
