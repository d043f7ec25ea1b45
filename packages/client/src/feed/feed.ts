// What changes in the user's conversations, on any device: one connection a browser, however many tabs subscribe. A
// listener that missed nothing receives each change; one that may have missed something receives `resync`.
import type { AIStreamOptions } from '../options.ts';
import { createStore, guarded } from '../store.ts';
import { type FeedChange, type FeedConnectionStatus, type FeedUpdate, followFeed } from './feed-connection.ts';
import { type Channel, type Locks, shareConnection } from './shared-connection.ts';

/** Options of a feed. */
export interface FeedOptions
  extends Pick<AIStreamOptions, 'baseUrl' | 'getToken' | 'fetch' | 'random' | 'now' | 'timings'> {
  /** Separates users of one browser: only tabs with the same name share a connection. */
  readonly name?: string | undefined;
  /** Default: those of the browser; `null`: none, so this tab has its own connection. */
  readonly locks?: Locks | null | undefined;
  readonly channel?: ((name: string) => Channel) | null | undefined;
}

/** The state of the connection, be it this tab's or the leader's. */
export interface FeedState {
  readonly connection: FeedConnectionStatus;
  /** Whether this tab holds the connection. */
  readonly isLeader: boolean;
}

/** A subscription to the user's changes. A change may arrive twice, and of several changes of one conversation only the
 *  last. */
export interface Feed {
  /** Calls `listener` at each change; returns a function that ends this. */
  onChange(listener: (change: FeedChange) => void): () => void;
  getState(): FeedState;
  /** Calls `listener` after each change of the state; returns a function that ends this. */
  subscribe(listener: () => void): () => void;
  /** Ends this tab's part in it; another tab takes over the connection. */
  close(): void;
}

/** Connects to the feed, or joins the tab that holds the connection. Nothing here throws; it goes on until it is closed. */
export function createFeed(options: FeedOptions = {}): Feed {
  const { getState, setState, subscribe } = createStore<FeedState>({ connection: 'connecting', isLeader: false });
  const listeners = new Set<(change: FeedChange) => void>();
  const over = new AbortController();
  let lastId: string | undefined;

  function apply({ id, connection, changes }: FeedUpdate): void {
    lastId = id;
    if (connection !== getState().connection) setState({ ...getState(), connection });
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

  void shareConnection<FeedUpdate>({
    name: `sillage-feed ${options.baseUrl ?? ''} ${options.name ?? ''}`,
    locks: options.locks === undefined ? globalThis.navigator?.locks : (options.locks ?? undefined),
    channel: options.channel === undefined ? browserChannel() : (options.channel ?? undefined),
    lead,
    onMessage: apply,
    currentMessage: () => ({ id: lastId, connection: getState().connection, changes: [] }),
    signal: over.signal,
  });

  return {
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    getState,
    subscribe,
    close() {
      over.abort();
      listeners.clear();
    },
  };
}

function browserChannel(): ((name: string) => Channel) | undefined {
  return typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : undefined;
}
