// What changes in the user's conversations, on whatever device: one connection a browser, however many tabs listen.
// A listener that missed nothing hears of each change; one that may have missed something hears `resync`.
import type { FeedEvent, FeedResync } from '@sillage/protocol';
import type { AIStreamOptions } from '../options.ts';
import { createStore, guarded } from '../store.ts';
import { clientContextOf } from '../stream/reading.ts';
import { isOffline, pause } from '../transport/connectivity.ts';
import { streamErrorOf } from '../transport/request.ts';
import { connectFeed } from './feed-connection.ts';
import { type Channel, type Locks, takePart } from './feed-leader.ts';

/** Configures a feed. */
export interface FeedOptions
  extends Pick<AIStreamOptions, 'baseUrl' | 'getToken' | 'fetch' | 'random' | 'now' | 'timings'> {
  /** Tells users of one browser apart: only tabs with the same name share a connection. */
  readonly name?: string | undefined;
  /** Default: those of the browser; `null`: none, so this tab has its own connection. */
  readonly locks?: Locks | null | undefined;
  readonly channel?: ((name: string) => Channel) | null | undefined;
}

/** Is what is known of the connection, be it this tab's or the leader's. */
export interface FeedState {
  /** `offline`: the browser has no network, or the server was not reached for long; it is tried nonetheless. */
  readonly connection: 'connecting' | 'live' | 'reconnecting' | 'offline';
  readonly isLeader: boolean;
}

/** Is a change, or `resync`: there may have been others, so whoever shows something asks for it again. */
export type FeedNews = FeedEvent | FeedResync;

/** Tells what changes. A change may be told twice, and of several changes of one conversation only the last. */
export interface Feed {
  /** Calls `onEvent` at each change; gives back what ends that. */
  listen(onEvent: (event: FeedNews) => void): () => void;
  getState(): FeedState;
  /** Calls `listener` after each change of the state; gives back what ends that. */
  watch(listener: () => void): () => void;
  /** Ends this tab's part in it; another tab takes over the connection. */
  close(): void;
}

/** Connects to the feed, or joins the tab that has. Nothing here throws: it goes on until it is closed. */
export function createFeed(options: FeedOptions = {}): Feed {
  const { getState, setState, listen } = createStore<FeedState>({ connection: 'connecting', isLeader: false });
  const listeners = new Set<(event: FeedNews) => void>();
  const over = new AbortController();
  let lastId: string | undefined;

  function take({ id, connection, news }: Told): void {
    lastId = id;
    if (connection !== getState().connection) setState({ ...getState(), connection });
    for (const event of news) for (const listener of [...listeners]) guarded(() => listener(event));
  }

  async function lead(tell: (told: Told) => void, signal: AbortSignal): Promise<void> {
    setState({ ...getState(), isLeader: true });
    for await (const told of follow(options, lastId, signal)) {
      if (signal.aborted) break;
      tell(told);
      take(told);
    }
  }

  void takePart<Told>({
    name: `sillage-feed ${options.baseUrl ?? ''} ${options.name ?? ''}`,
    locks: options.locks === undefined ? globalThis.navigator?.locks : (options.locks ?? undefined),
    channel: options.channel === undefined ? browserChannel() : (options.channel ?? undefined),
    lead,
    hear: take,
    introduce: () => ({ id: lastId, connection: getState().connection, news: [] }),
    signal: over.signal,
  });

  return {
    listen(onEvent) {
      listeners.add(onEvent);
      return () => void listeners.delete(onEvent);
    },
    getState,
    watch: listen,
    close() {
      over.abort();
      listeners.clear();
    },
  };
}

/** Is what a leader tells the other tabs: how far it is, and what is new. */
interface Told {
  readonly id: string | undefined;
  readonly connection: FeedState['connection'];
  readonly news: readonly FeedNews[];
}

/** Yields what the feed brings behind `after`, through any number of lost connections. Never throws, never ends. */
async function* follow(options: FeedOptions, after: string | undefined, signal: AbortSignal): AsyncGenerator<Told> {
  const { timings, backoff } = clientContextOf(() => options);
  let id = after;
  let connection: FeedState['connection'] = 'connecting';
  for (let failures = 1; !signal.aborted; failures++) {
    let isRefused = false;
    let retryAfterMs = 0;
    try {
      let isResumed = id !== undefined;
      for await (const arrivals of connectFeed({ options, after: id, signal, ...timings })) {
        const news: FeedNews[] = arrivals.flatMap(({ event }) => event ?? []);
        // What changed before the connection stood is known to nobody here, unless it was resumed.
        if (!isResumed) news.unshift({ type: 'resync' });
        isResumed = true;
        id = arrivals.at(-1)?.id ?? id;
        connection = 'live';
        failures = 0; // it works: the next loss is a first loss
        yield { id, connection, news };
      }
    } catch (cause) {
      const { code, retryAfter = 0 } = streamErrorOf(cause);
      retryAfterMs = retryAfter * 1000;
      if (code === 'bad-request') id = undefined; // an id of another server
      isRefused = code === 'unauthorized' || code === 'forbidden' || code === 'not-found';
    }
    if (signal.aborted) return;
    connection = isOffline() || isRefused || failures >= timings.attempts ? 'offline' : 'reconnecting';
    yield { id, connection, news: [] };
    const patienceMs = isRefused ? timings.backoffMaxMs : backoff(failures);
    await pause(Math.max(retryAfterMs, patienceMs), { signal, isFirm: retryAfterMs > 0 });
  }
}

function browserChannel(): ((name: string) => Channel) | undefined {
  return typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : undefined;
}
