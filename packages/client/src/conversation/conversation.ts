// A conversation as an external store: stored messages, pending sends and the active reply, wherever it was started.
// Closing it never stops a generation.
import type { Feed } from '../feed/feed.ts';
import type { AIStreamOptions } from '../options.ts';
import { createLiveAIStream } from '../stream/ai-stream.ts';
import { createBranchSelection } from './branch-selection.ts';
import { createStarts, type StartLabels } from './conversation-starts.ts';
import { createConversationStore } from './conversation-store.ts';
import { createUpdates } from './conversation-updates.ts';
import type { ConversationState } from './conversation-view.ts';
import { createReplyReader } from './reply-reader.ts';

/** Options of a conversation. All except `sessionId` are read on each use. */
export interface ConversationOptions extends AIStreamOptions, StartLabels {
  readonly sessionId: string;
  /** Feed of changes made on other devices and in other tabs. Without it, only local changes appear. */
  readonly feed?: Feed | undefined;
  /** Whether nothing is stored under this `sessionId` yet, so that nothing needs to be loaded. */
  readonly isNew?: boolean | undefined;
}

/** Displays one conversation and sends messages in it. No method throws or rejects: errors are part of the state. */
export interface Conversation {
  getState(): ConversationState;
  /** Calls `listener` after each change of the state. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
  /** Loads the conversation, reads an active reply and follows the feed. A repeated call refreshes all of this. */
  load(): Promise<void>;
  /** Loads a page of older messages if `hasOlder`. */
  loadOlder(): Promise<void>;
  /** Sends a message at the end of the displayed branch. It appears at once, with an empty reply. */
  send(message: string): void;
  /** Stops the active reply. */
  stop(): Promise<void>;
  /** Regenerates a reply; the new one becomes its sibling. If its message was never stored, the message is sent
   *  again. */
  regenerate(messageId: string): void;
  /** Requests a reply that goes on from the text of one that ended early. It is a message of its own, behind that one. */
  continueReply(messageId: string): void;
  /** Replaces a message; the original stays as a sibling. */
  edit(messageId: string, message: string): void;
  /** Displays the branch that contains a message and stores that selection on the server. Returns whether the message is
   *  loaded; if not, nothing changes. */
  select(messageId: string): boolean;
  /** Stops reading and following. An active reply continues on the server; `load` opens the conversation again. */
  close(): void;
}

/** Creates a conversation. It sends nothing before `load` or `send`. */
export function createConversation(options: ConversationOptions): Conversation {
  return createLiveConversation(options.sessionId, () => options);
}

/** Creates a conversation whose options may change at any time. */
export function createLiveConversation(
  sessionId: string,
  options: () => Omit<ConversationOptions, 'sessionId'>,
): Conversation {
  const stream = createLiveAIStream(options);
  const store = createConversationStore(sessionId, { stream, isNew: options().isNew === true });
  const reader = createReplyReader({
    stream,
    store,
    isOpen: () => updates.isOpen(),
    onStarted: () => void updates.refresh(),
  });
  const updates = createUpdates(sessionId, { store, reader, options });
  const { send, edit, regenerate, continueReply } = createStarts(sessionId, { store, reader, options });

  /** Opens the conversation before an action that starts a reply. */
  const opening =
    <Parameters extends unknown[]>(act: (...parameters: Parameters) => void) =>
    (...parameters: Parameters) => {
      updates.open();
      act(...parameters);
    };

  return {
    getState: store.getState,
    subscribe: store.subscribe,
    async load() {
      updates.open();
      const { status, tree } = store.known();
      if (options().isNew && tree.size === 0) return;
      if (status === 'failed') store.dispatch({ type: 'loading' });
      await updates.retry();
    },
    loadOlder: updates.loadOlder,
    send: opening(send),
    stop: stream.stop,
    regenerate: opening(regenerate),
    continueReply: opening(continueReply),
    edit: opening(edit),
    select: createBranchSelection(sessionId, { store, options }),
    close() {
      updates.close();
      if (!reader.isStarting()) reader.leave(); // otherwise once the start has received its response
    },
  };
}
