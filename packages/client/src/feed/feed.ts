// What changes in the user's conversations, on any device: one connection a browser, however many tabs subscribe. A
// listener that missed nothing receives each change; one that may have missed something receives `resync`.
import type { StreamErrorCode } from '@sillage/protocol';
import type { AIStreamOptions, ServerOptions } from '../options.ts';
import { createStore, guarded } from '../store.ts';
import { type FeedChange, type FeedConnectionStatus, type FeedUpdate, followFeed } from './feed-connection.ts';
import { type Channel, type Locks, shareConnection } from './shared-connection.ts';

/** Options of a feed. */
export interface FeedOptions extends ServerOptions, Pick<AIStreamOptions, 'random' | 'now' | 'timings'> {
  /** Separates users of one browser: only tabs with the same name share a connection. */
  readonly name?: string | undefined;
  /** Default: those of the browser; `null`: none, so this tab has its own connection. */
  readonly locks?: Locks | null | undefined;
  readonly channel?: ((name: string) => Channel) | null | undefined;
}

/** The state of the connection, which this tab or another one holds. */
export interface FeedState {
  readonly connection: FeedConnectionStatus;
  /** Whether this tab holds the connection. */
  readonly isLeader: boolean;
  /** Why the server refuses the connection. It is retried at long intervals. */
  readonly error?: string | undefined;
  readonly code?: StreamErrorCode | undefined;
}

/** A subscription to the user's changes. A change may arrive twice, and of several changes of one conversation only the
 *  last. */
export interface Feed {
  /** Calls `listener` at each change; returns a function that ends this. */
  onChange(listener: (change: FeedChange) => void): () => void;
  getState(): FeedState;
  /** Calls `listener` after each change of the state; returns a function that ends this. */
  subscribe(listener: () => void): () => void;
  /** Closes the feed in this tab; another tab takes over the connection. */
  close(): void;
}

/** Creates a feed. While it has listeners, of either kind, it is connected or joins the tab that is; before the first one
 *  and after the last one it does nothing, so a module that a server renders may create it. Nothing here throws. */
export function createFeed(options: FeedOptions = {}): Feed {
  const { getState, setState, subscribe } = createStore<FeedState>({ connection: 'connecting', isLeader: false });
  const listeners = new Set<(change: FeedChange) => void>();
  let subscriptions = 0;
  let isClosed = false;
  let connected: AbortController | undefined;
  let lastId: string | undefined;

  function apply({ id, connection, error, code, changes }: FeedUpdate): void {
    lastId = id;
    if (connection !== getState().connection || error !== getState().error) {
      setState({ ...getState(), connection, error, code });
    }
    for (const change of changes) for (const listener of [...listeners]) guarded(() => listener(change));
  }

  async function lead(broadcast: (update: FeedUpdate) => void, signal: AbortSignal): Promise<void> {
    setState({ ...getState(), isLeader: true });
    for await (const update of followFeed(options, lastId, signal)) {
      if (signal.aborted) break;
      broadcast(update);
      apply(update);
    }
  }

  function connect(): void {
    if (connected || isClosed) return;
    const over = new AbortController();
    connected = over;
    void shareConnection<FeedUpdate>({
      name: `sillage-feed ${options.baseUrl ?? ''}${options.path ?? ''} ${options.name ?? ''}`,
      locks: options.locks === undefined ? globalThis.navigator?.locks : (options.locks ?? undefined),
      channel: options.channel === undefined ? browserChannel() : (options.channel ?? undefined),
      lead,
      onMessage: (update) => over.signal.aborted || apply(update),
      currentMessage: () => ({ id: lastId, connection: getState().connection, changes: [] }),
      signal: over.signal,
    });
  }

  function disconnect(): void {
    connected?.abort();
    connected = undefined;
  }

  /** Counts a subscription. A listener that is replaced at once, as React does, keeps the connection. */
  function counted(unsubscribe: () => void): () => void {
    subscriptions++;
    connect();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      unsubscribe();
      subscriptions--;
      queueMicrotask(() => {
        if (subscriptions > 0 || !connected) return;
        disconnect();
        setState({ connection: 'connecting', isLeader: false });
      });
    };
  }

  return {
    onChange(listener) {
      listeners.add(listener);
      return counted(() => listeners.delete(listener));
    },
    getState,
    subscribe: (listener) => counted(subscribe(listener)),
    close() {
      isClosed = true;
      disconnect();
      listeners.clear();
    },
  };
}

function browserChannel(): ((name: string) => Channel) | undefined {
  return typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : undefined;
}
