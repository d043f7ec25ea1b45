// The streams that are read here and produced elsewhere: one copy in memory for all readers of this node, kept up with by
// ranges out of Redis. Hints say when; without a hint each is looked at once in `pollMs`, so that none may be lost.
import type { EndEvent, StreamId } from '@sillage/protocol';
import { Throttle } from '../../../database/sqlite/throttle.ts';
import { LiveStream } from '../../live-stream.ts';
import type { EndedStream } from '../../stream-rows.ts';
import type { RedisText, TextEntry } from './redis-text.ts';

/** Says how often to look, and whom to ask about streams of which nothing is heard. */
export interface FollowingOptions {
  readonly fetchMs: number;
  readonly pollMs: number;
  readonly idleMs: number;
  /** Finds those of the streams that have ended, with their texts. */
  readonly findEnded: (streamIds: readonly StreamId[]) => Promise<readonly EndedStream[]>;
}

interface Followed {
  readonly streamId: StreamId;
  readonly live: LiveStream;
  readonly stopListening: () => void;
  /** Resolves when what there was at first has been fetched. */
  loaded: Promise<void>;
  heardAt: number;
  isFetching: boolean;
}

/** Keeps up with streams for as long as somebody here reads them. */
export class FollowedStreams {
  readonly #text: RedisText;
  readonly #options: FollowingOptions;
  readonly #followed = new Map<StreamId, Followed>();
  readonly #behind = new Set<Followed>();
  readonly #pace: Throttle;
  readonly #looks: NodeJS.Timeout;

  constructor(text: RedisText, options: FollowingOptions) {
    this.#text = text;
    this.#options = options;
    this.#pace = new Throttle(options.fetchMs, () => this.#fetchAll());
    this.#looks = setInterval(() => this.#pollOne({ heardBefore: performance.now() - options.pollMs }), options.pollMs);
  }

  /** Adds a reader, and returns the stream as it is now; it is kept up with until its last reader has closed it. */
  async open(streamId: StreamId, wake: () => void): Promise<{ live: LiveStream; close: () => void }> {
    const followed = this.#followed.get(streamId) ?? this.#follow(streamId, new LiveStream());
    const removeReader = followed.live.addReader(wake);
    await followed.loaded;
    const close = () => {
      removeReader();
      if (followed.live.unread !== undefined) this.#drop(followed);
    };
    return { live: followed.live, close };
  }

  /** Goes on with a stream that was produced here, and is another node's now: its readers see the end that it gets. */
  adopt(streamId: StreamId, live: LiveStream): void {
    live.forgetUnstored();
    this.#follow(streamId, live);
  }

  /** Looks at every stream: hints were lost. */
  suspectAll(): void {
    this.#pollOne({ heardBefore: Number.POSITIVE_INFINITY });
  }

  close(): void {
    clearInterval(this.#looks);
    for (const followed of this.#followed.values()) this.#drop(followed);
  }

  #pollOne({ heardBefore }: { heardBefore: number }): void {
    for (const followed of this.#followed.values()) {
      if (followed.heardAt < heardBefore) this.#mark(followed);
      void this.#text.markRead(followed.streamId).catch(() => {});
    }
    void this.#pollIdle().catch(() => {}); // the database is away: asked again
  }

  #follow(streamId: StreamId, live: LiveStream): Followed {
    const followed: Followed = {
      streamId,
      live,
      stopListening: this.#text.listen(streamId, () => this.#mark(followed)),
      loaded: Promise.resolve(),
      heardAt: performance.now(),
      isFetching: false,
    };
    this.#followed.set(streamId, followed);
    void this.#text.markRead(streamId).catch(() => {});
    followed.loaded = this.#fetch(followed);
    return followed;
  }

  #mark(followed: Followed): void {
    this.#behind.add(followed);
    this.#pace.ask();
  }

  #fetchAll(): void {
    for (const followed of this.#behind) {
      if (followed.isFetching) continue;
      this.#behind.delete(followed);
      void this.#fetch(followed);
    }
  }

  async #fetch(followed: Followed): Promise<void> {
    const { streamId, live } = followed;
    followed.isFetching = true;
    try {
      const entries = await this.#text.read(streamId, live.stored);
      if (this.#followed.get(streamId) === followed) this.#take(followed, entries);
    } catch {
      // Redis is away: the next look fetches
    } finally {
      followed.isFetching = false;
      if (this.#behind.has(followed)) this.#pace.ask();
    }
  }

  /** Takes what goes on where the copy ends. Behind a gap nothing is taken: the producer fills it. */
  #take(followed: Followed, entries: readonly TextEntry[]): void {
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
      followed.heardAt = performance.now();
    }
    live.markStored(live.appended);
    if (end === undefined || live.appended !== end.offset - 1) return;
    live.markEnded(end);
    this.#drop(followed);
  }

  /** Settles streams that the database knows to have ended, whatever Redis still says of them. */
  async #pollIdle(): Promise<void> {
    const heardBefore = performance.now() - this.#options.idleMs;
    const quiet = [...this.#followed.values()].filter(({ heardAt }) => heardAt <= heardBefore);
    if (quiet.length === 0) return;
    const ended = await this.#options.findEnded(quiet.map(({ streamId }) => streamId));
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
    this.#behind.delete(followed);
    followed.stopListening();
  }
}
