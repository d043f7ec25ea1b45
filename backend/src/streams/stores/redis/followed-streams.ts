// The streams that are read on this node and produced on another: one copy in memory for all readers, extended by range
// reads from Redis. A hint on the stream's channel triggers a read; polling every `pollMs` covers lost hints.
import type { EndEvent, StreamId } from '@sillage/protocol';
import { Throttle } from '../../../platform/throttle.ts';
import { LiveStream } from '../../live-stream.ts';
import type { EndedStream } from '../../stream-bodies.ts';
import type { StreamView } from '../../stream-store.ts';
import type { RedisText, TextEntry } from './redis-text.ts';

/** Intervals of fetching and polling, and the query for streams that receive nothing. */
export interface FollowingOptions {
  /** Shortest time between two rounds of fetching. */
  readonly fetchMs: number;
  readonly pollMs: number;
  /** Time without new text after which the database is queried for the end of the stream. */
  readonly idleMs: number;
  /** Finds the ended streams among `streamIds`, with their texts. */
  readonly findEnded: (streamIds: readonly StreamId[]) => Promise<readonly EndedStream[]>;
}

interface Followed {
  readonly streamId: StreamId;
  readonly live: LiveStream;
  readonly unsubscribe: () => void;
  /** Resolves after the first fetch. */
  loaded: Promise<void>;
  receivedAt: number;
  isFetching: boolean;
  /** Whether Redis has the end, which readers wait for. */
  isEndThere: boolean;
}

/** Follows streams for as long as they have a reader on this node. */
export class FollowedStreams {
  readonly #text: RedisText;
  readonly #options: FollowingOptions;
  readonly #followed = new Map<StreamId, Followed>();
  /** Streams to fetch in the next round. */
  readonly #pendingFetches = new Set<Followed>();
  readonly #throttle: Throttle;
  readonly #pollTimer: NodeJS.Timeout;

  constructor(text: RedisText, options: FollowingOptions) {
    this.#text = text;
    this.#options = options;
    this.#throttle = new Throttle(options.fetchMs, () => this.#fetchAll());
    this.#pollTimer = setInterval(
      () => this.#poll({ receivedBefore: performance.now() - options.pollMs }),
      options.pollMs,
    );
  }

  /** Opens a stream for one reader, after a first fetch. Follows it until the last reader closes. */
  async open(streamId: StreamId, notify: () => void): Promise<StreamView> {
    const followed = this.#followed.get(streamId) ?? this.#follow(streamId, new LiveStream());
    const view = followed.live.open(notify, () => {
      if (followed.live.unread !== undefined) this.#drop(followed);
    });
    await followed.loaded;
    return view;
  }

  /** Follows a stream that this node produced until another node took it over, so that its readers see the end. They leave
   *  unnoticed, so the next poll after the last one drops the stream. */
  followTakenOver(streamId: StreamId, live: LiveStream): void {
    live.forgetUnstored();
    this.#follow(streamId, live);
  }

  /** Fetches every stream: hints may have been lost while Redis was unreachable. */
  refetchAll(): void {
    this.#poll({ receivedBefore: Number.POSITIVE_INFINITY });
  }

  close(): void {
    clearInterval(this.#pollTimer);
    for (const followed of this.#followed.values()) this.#drop(followed);
  }

  #poll({ receivedBefore }: { receivedBefore: number }): void {
    for (const followed of this.#followed.values()) {
      if (followed.live.unread !== undefined) {
        this.#drop(followed);
        continue;
      }
      if (followed.receivedAt < receivedBefore) this.#requestFetch(followed);
      void this.#text.markRead(followed.streamId).catch(() => {});
    }
    void this.#pollIdle().catch(() => {}); // the database is unreachable: the next poll retries
  }

  #follow(streamId: StreamId, live: LiveStream): Followed {
    const followed: Followed = {
      streamId,
      live,
      unsubscribe: this.#text.subscribe(streamId, ({ isEnd }) => {
        followed.isEndThere ||= isEnd;
        this.#requestFetch(followed);
      }),
      loaded: Promise.resolve(),
      receivedAt: performance.now(),
      isFetching: false,
      isEndThere: false,
    };
    this.#followed.set(streamId, followed);
    void this.#text.markRead(streamId).catch(() => {});
    followed.loaded = this.#fetch(followed);
    return followed;
  }

  #requestFetch(followed: Followed): void {
    this.#pendingFetches.add(followed);
    this.#throttle.schedule({ isUrgent: followed.live.appended === 0 || followed.isEndThere }); // the first words, the end
  }

  #fetchAll(): void {
    for (const followed of this.#pendingFetches) {
      if (followed.isFetching) continue;
      this.#pendingFetches.delete(followed);
      void this.#fetch(followed);
    }
  }

  async #fetch(followed: Followed): Promise<void> {
    const { streamId, live } = followed;
    followed.isFetching = true;
    try {
      const entries = await this.#text.read(streamId, live.stored);
      if (this.#followed.get(streamId) === followed) this.#apply(followed, entries);
    } catch {
      // Redis is unreachable: the next poll fetches
    } finally {
      followed.isFetching = false;
    }
    if (this.#pendingFetches.has(followed)) this.#requestFetch(followed);
  }

  /** Appends the entries that continue the copy. Stops at a gap, which the producer fills later. */
  #apply(followed: Followed, entries: readonly TextEntry[]): void {
    const { live } = followed;
    let end: EndEvent | undefined;
    for (const entry of entries) {
      if (entry.type === 'end') {
        end = entry.end;
        break;
      }
      const start = entry.offset - entry.text.length;
      if (start > live.appended) break;
      if (entry.offset <= live.appended) continue;
      live.append({ type: entry.type, text: entry.text.slice(live.appended - start) });
      followed.receivedAt = performance.now();
    }
    live.markStored(live.appended);
    if (end === undefined || live.appended !== end.offset - 1) return;
    live.markEnded(end);
    this.#drop(followed);
  }

  /** Ends the idle streams that have ended in the database; Redis may have lost their end. */
  async #pollIdle(): Promise<void> {
    const receivedBefore = performance.now() - this.#options.idleMs;
    const idle = [...this.#followed.values()].filter(({ receivedAt }) => receivedAt <= receivedBefore);
    if (idle.length === 0) return;
    const ended = await this.#options.findEnded(idle.map(({ streamId }) => streamId));
    for (const { streamId, body, end } of ended) {
      const followed = this.#followed.get(streamId);
      if (followed === undefined) continue;
      followed.live.settle(body, end);
      this.#drop(followed);
    }
  }

  #drop(followed: Followed): void {
    if (this.#followed.get(followed.streamId) !== followed) return;
    this.#followed.delete(followed.streamId);
    this.#pendingFetches.delete(followed);
    followed.unsubscribe();
  }
}
