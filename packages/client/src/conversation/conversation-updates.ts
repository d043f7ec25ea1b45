// Keeps an open conversation up to date: loads it, follows the feed, and repeats what failed once the feed is back.
import type { Feed } from '../feed/feed.ts';
import type { AIStreamOptions } from '../options.ts';
import { createLoader } from './conversation-loading.ts';
import type { ConversationStore } from './conversation-store.ts';
import type { ReplyReader } from './reply-reader.ts';

/** Inputs of the updates. */
export interface Updating {
  readonly store: ConversationStore;
  readonly reader: ReplyReader;
  readonly options: () => AIStreamOptions & {
    readonly feed?: Feed | undefined;
    readonly isNew?: boolean | undefined;
  };
}

/** Updates of one conversation. */
export interface ConversationUpdates {
  isOpen(): boolean;
  /** Follows the feed from now on. A repeated call does nothing. */
  open(): void;
  close(): void;
  /** Loads changes if the conversation is open. */
  refresh(): Promise<void>;
  /** Loads changes, and reads the active reply again if that has failed. */
  retry(): Promise<void>;
  loadOlder(): Promise<void>;
}

/** Creates the updates of a conversation. They send nothing before the first call. */
export function createUpdates(sessionId: string, { store, reader, options }: Updating): ConversationUpdates {
  let over: AbortController | undefined;
  const loader = createLoader({
    sessionId,
    options,
    known: store.known,
    take(session, { isStale }) {
      store.dispatch({ type: 'loaded', session, isStale });
      if (store.known().isDeleted) reader.leave();
      else if (!isStale) reader.readActive(session, { isRetry: loader.isRetryAllowed() });
    },
    fail({ message, code }) {
      if (store.known().status !== 'ready') store.dispatch({ type: 'failed', error: message, code });
    },
  });

  async function refresh(): Promise<void> {
    if (over) await loader.refresh(over.signal);
  }

  function retry(): Promise<void> {
    loader.allowRetry();
    return refresh();
  }

  function follow(feed: Feed, signal: AbortSignal): void {
    const unsubscribeFromChanges = feed.onChange((event) => {
      // Nothing is stored under the id of a new conversation, so that loading it would be a 404 in the browser's console.
      const isNew = options().isNew === true && store.known().tree.size === 0;
      if (event.type === 'resync' ? !isNew : event.sessionId === sessionId) void refresh();
    });
    const unsubscribeFromState = feed.subscribe(() => {
      const { status, stream } = store.getState();
      const hasGivenUp = status === 'failed' || stream.code === 'network';
      if (feed.getState().connection === 'live' && hasGivenUp) void retry();
    });
    signal.addEventListener('abort', () => {
      unsubscribeFromChanges();
      unsubscribeFromState();
    });
  }

  return {
    isOpen: () => over !== undefined,
    open() {
      if (over) return;
      over = new AbortController();
      const { feed } = options();
      if (feed) follow(feed, over.signal);
    },
    close() {
      over?.abort();
      over = undefined;
    },
    refresh,
    retry,
    async loadOlder() {
      const session = await loader.older(over?.signal);
      if (session) store.dispatch({ type: 'loaded-older', session });
    },
  };
}
