// The store for several nodes. PostgreSQL has the rows and the text of ended streams; Redis carries the text of open streams
// to other nodes, and keeps it if the producer's node dies. Streams of this node are in memory, those of others are followed.
import type { Offset, ReplyEnd, StreamId } from '@sillage/protocol';
import { ulid } from 'ulid';
import type { Database } from '../../../database/database.ts';
import type { Observer } from '../../../observing/observer.ts';
import type { RedisLink } from '../../../redis/redis-link.ts';
import { type Ending, EndWriter } from '../../end-writer.ts';
import { EndedStreams } from '../../ended-streams.ts';
import { LiveStream } from '../../live-stream.ts';
import { endOnce } from '../../producer-checks.ts';
import { StreamBodies } from '../../stream-bodies.ts';
import { StreamDirectory } from '../../stream-directory.ts';
import { StreamRows } from '../../stream-rows.ts';
import type {
  Created,
  Ended,
  ExtraStatements,
  MeasureUsage,
  NewEvent,
  NewStream,
  OpenStream,
  OrphanedStream,
  StoreWatcher,
  StreamRecord,
  StreamStore,
  StreamView,
  Unread,
} from '../../stream-store.ts';
import { FollowedStreams } from './followed-streams.ts';
import { NodeLease } from './node-lease.ts';
import { NodeStreams } from './node-streams.ts';
import { type Open, OwnStreams } from './own-streams.ts';
import { Producers } from './producers.ts';
import { RedisText } from './redis-text.ts';
import { StoredEnds } from './stored-ends.ts';

/** Durations of the store, named as in `Timings`. */
export interface RedisStreamStoreOptions {
  readonly commitMs: number;
  readonly storageRetryMs: number;
  readonly nodeLeaseMs: number;
  readonly leaseRenewMs: number;
  readonly sweepMs: number;
  readonly pollMs: number;
  readonly idleMs: number;
  /** How long Redis keeps the text of a stream after its last access; at least ten minutes. */
  readonly retentionMs: number;
  readonly observer?: Observer | undefined;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
}

/** Channel for the ids of streams whose stop was stored, so that their producer learns of it before the next renewal. */
const stopChannel = 'sillage:stop';

/** Keeps streams in a PostgreSQL and a Redis that several nodes share. */
export class RedisStreamStore implements StreamStore {
  readonly #database: Database;
  readonly #link: RedisLink;
  readonly #rows: StreamRows;
  readonly #text: RedisText;
  readonly #options: RedisStreamStoreOptions & { readonly now: () => number };
  readonly #nodeId = ulid();
  readonly #directory: StreamDirectory;
  readonly #own: OwnStreams;
  readonly #ended: EndedStreams;
  readonly #ends: StoredEnds;
  readonly #endWriter: EndWriter;
  readonly #producers: Producers;
  readonly #followed: FollowedStreams;
  readonly #lease: NodeLease;
  readonly #closing = new AbortController();
  #watcher: StoreWatcher | undefined;
  databaseUnreachable: StreamStore['databaseUnreachable'];

  private constructor(database: Database, link: RedisLink, options: RedisStreamStoreOptions) {
    this.#database = database;
    this.#link = link;
    this.#rows = new StreamRows(database.query);
    const bodies = new StreamBodies(database.query);
    this.#directory = new StreamDirectory(database);
    this.#ended = new EndedStreams(this.#rows, bodies);
    this.#text = new RedisText(link);
    this.#options = { now: Date.now, ...options };
    const { signal } = this.#closing;
    const { commitMs, storageRetryMs: retryMs, pollMs, idleMs, nodeLeaseMs, leaseRenewMs, sweepMs } = options;
    this.#ends = new StoredEnds(this.#rows, { pollMs, retryMs, signal });
    this.#endWriter = new EndWriter(database, this.#rows, { retryMs, signal, now: this.#options.now });
    this.#producers = new Producers(this.#text, {
      sendMs: commitMs,
      retryMs,
      pollMs,
      keepMs: this.#keepMs,
      onFenced: (streamId) => this.#own.giveUp(streamId),
    });
    this.#followed = new FollowedStreams(this.#text, {
      fetchMs: commitMs,
      pollMs,
      idleMs,
      findEnded: (streamIds) => bodies.findEnded(streamIds),
    });
    this.#own = new OwnStreams({
      nodeId: this.#nodeId,
      database,
      nodeStreams: new NodeStreams(database.query),
      text: this.#text,
      producers: this.#producers,
      followed: this.#followed,
      observer: options.observer,
      keepMs: this.#keepMs,
    });
    this.#lease = new NodeLease(database.query, {
      nodeId: this.#nodeId,
      renewMs: leaseRenewMs,
      observer: options.observer,
      leaseMs: nodeLeaseMs,
      missingMs: sweepMs,
      onRenewed: (own, sentAt) => {
        this.databaseUnreachable = undefined;
        // Gone before a lease is over: a node that lost the database together with all others must find no mark.
        this.#text.markAlive({ keepMs: Math.ceil(nodeLeaseMs / 2) });
        this.#own.reconcile(own, sentAt);
      },
      onLost: () => void this.#checkOtherNodes(),
      onDeadNodes: () => this.#watcher?.orphansFound(),
    });
    link.subscribe(stopChannel, (streamId) => this.#own.stopRequested(streamId));
    link.onReady(() => {
      this.#producers.recheckAll();
      this.#followed.refetchAll();
    });
  }

  /** Opens the store and acquires this node's lease. The caller closes `database` and `link`, after the store. */
  static async open(database: Database, link: RedisLink, options: RedisStreamStoreOptions): Promise<RedisStreamStore> {
    const store = new RedisStreamStore(database, link, options);
    await store.#lease.start();
    return store;
  }

  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
    this.#own.watch(watcher);
  }

  async create(stream: NewStream): Promise<Created> {
    const { sessionId, scopes = {} } = stream;
    return this.#own.opening(stream.streamId, async () => {
      const created = await this.#directory.create(stream, { at: this.#options.now(), nodeId: this.#nodeId });
      if (created.isNew) this.#own.add({ ...created.stream, sessionId, scopes }, new LiveStream());
      return created;
    });
  }

  async append(stream: OpenStream, events: readonly NewEvent[]): Promise<Offset> {
    const { live } = this.#own.findAppendable(stream);
    const before = live.appended;
    for (const event of events) live.append(event);
    return live.appended === before ? before : this.#producers.send(stream.streamId, live.appended);
  }

  async end(
    stream: OpenStream,
    end: ReplyEnd,
    extraStatements: ExtraStatements = () => [],
    measureUsage?: MeasureUsage,
  ): Promise<Ended> {
    const open = this.#own.get(stream.streamId);
    if (open === undefined) return this.#endElsewhere(stream.streamId);
    return endOnce(open, stream, () => this.#end(open, { end, extraStatements, measureUsage }));
  }

  async requestStop(streamId: StreamId): Promise<void> {
    const open = this.#own.get(streamId);
    if (open !== undefined) open.isStopRequested = true;
    await this.#database.write([this.#rows.requestStop(streamId, this.#options.now())]);
    if (open !== undefined) this.#watcher?.endWanted(streamId);
    else this.#link.publish(stopChannel, streamId);
  }

  /** Finds this node's own streams in memory, which also works while the database is unreachable. */
  async find(streamId: StreamId): Promise<StreamRecord | undefined> {
    const open = this.#own.get(streamId);
    if (open === undefined) return this.#rows.find(streamId);
    const { userId, sessionId, scopes, isStopRequested } = open;
    return {
      streamId,
      userId,
      sessionId,
      scopes,
      isStopRequested,
      isForgotten: false,
      end: open.live.end,
      endedAt: undefined,
    };
  }

  async open(streamId: StreamId, notify: () => void): Promise<StreamView | undefined> {
    const open = this.#own.get(streamId);
    if (open !== undefined) return this.#ended.view(streamId, open.live, notify);
    const kept = this.#ended.openKept(streamId, notify);
    if (kept !== undefined) return kept;
    const record = await this.#rows.find(streamId);
    if (record === undefined || record.isForgotten) return undefined;
    return record.end === undefined ? this.#followed.open(streamId, notify) : this.#ended.open(streamId, notify);
  }

  unread({ streamId }: OpenStream): Unread | undefined {
    return this.#producers.unread(streamId);
  }

  /** Takes over only while this node's own lease is reliable (`mayTakeOver`), and only with Redis, which has the text. */
  async takeOver(): Promise<readonly OrphanedStream[]> {
    const dead = this.#lease.mayTakeOver ? await this.#lease.deadNodes() : [];
    const taken = await this.#own.takeOver(dead);
    await Promise.all(dead.map((nodeId) => this.#lease.forget(nodeId)));
    return taken;
  }

  /** Redis keeps the text of a stream, erased or not, for `retentionMs` after its last access. */
  async *dropErased(): AsyncGenerator<void> {}

  async close(): Promise<void> {
    this.#closing.abort();
    this.#producers.close();
    this.#followed.close();
    await this.#lease.close();
  }

  get #keepMs(): number {
    return Math.max(this.#options.retentionMs, 600_000);
  }

  async #end(open: Open, ending: Omit<Ending, 'stream'>): Promise<Ended> {
    const { streamId, live } = open;
    const { event, isWritten } = await this.#endWriter.write({ stream: open, ...ending });
    const end = isWritten ? event : await this.#ends.findOwn(open, event);
    if (end === undefined) {
      this.#own.giveUp(streamId);
      return this.#endElsewhere(streamId);
    }
    this.#own.delete(streamId);
    this.#ended.keep(streamId, live);
    live.markEnded(end);
    this.#producers.end(streamId, end);
    return { end, isOwn: true };
  }

  async #endElsewhere(streamId: StreamId): Promise<Ended> {
    return { end: await this.#ends.wait(streamId), isOwn: false };
  }

  async #checkOtherNodes(): Promise<void> {
    this.databaseUnreachable ??= 'all-nodes';
    const isAnyNodeAlive = await this.#text.isAnyNodeAlive().catch(() => false);
    if (this.databaseUnreachable !== undefined) this.databaseUnreachable = isAnyNodeAlive ? 'this-node' : 'all-nodes';
  }
}
