// The store of a conversation: what is known of it, and the state that is displayed.
import { createStore, type Store } from '../store.ts';
import type { AIStream } from '../stream/ai-stream.ts';
import {
  type ConversationEvent,
  type KnownConversation,
  reduceConversation,
  unknownConversation,
} from './conversation-state.ts';
import { type ConversationState, createView } from './conversation-view.ts';

/** Store of one conversation. The displayed state also contains the text of the reply that is being read. */
export interface ConversationStore extends Pick<Store<ConversationState>, 'getState' | 'subscribe'> {
  known(): KnownConversation;
  dispatch(event: ConversationEvent): void;
  /** Updates the displayed state after a change of the stream. */
  show(): void;
}

/** Creates a store. `isNew`: nothing is stored on the server yet, so that nothing needs to be loaded. */
export function createConversationStore(
  sessionId: string,
  { stream, isNew }: { stream: AIStream; isNew: boolean },
): ConversationStore {
  const view = createView(sessionId);
  let known: KnownConversation = isNew ? { ...unknownConversation, status: 'ready' } : unknownConversation;
  const shown = () => view(known, stream.getState());
  const { getState, setState, subscribe } = createStore(shown());
  return {
    getState,
    subscribe,
    known: () => known,
    dispatch(event) {
      known = reduceConversation(known, event);
      setState(shown());
    },
    show: () => setState(shown()),
  };
}
