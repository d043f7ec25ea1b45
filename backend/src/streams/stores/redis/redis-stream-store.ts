// The store of many nodes: PostgreSQL is the truth, Redis carries the live text. What this node produces is in its memory;
// what others produce is followed. Nothing in Redis is needed but to be shown, or to outlive its producer.
import { type EndEvent, type Offset, StreamError, type StreamId, type Usage } from '@sillage/protocol';
import { ulid } from 'ulid';
import type { Database, Statement } from '../../../database/database.ts';
import type { RedisLink } from '../../../redis/redis-link.ts';
import { EndedStreams } from '../../ended-streams.ts';
import { LiveStream } from '../../live-stream.ts';
import { StreamRows } from '../../stream-rows.ts';
import type {
  Ages,
  Alongside,
  Created,
  NewEnd,
  NewEvent,
  NewStream,
  OpenStream,
  Starts,
  StoreWatcher,
  StreamRecord,
  StreamStore,
  StreamView,
  Unread,
} from '../../stream-store.ts';
import { viewOf } from '../../stream-view.ts';
import { untilWritten } from '../../until-written.ts';
import { FollowedStreams } from './followed-streams.ts';
import { NodeLease, type OwnStream } from './node-lease.ts';
import { NodeStreams, type Orphan } from './node-streams.ts';
import { Producers } from './producers.ts';
import { RedisText, type TextEntry } from './redis-text.ts';
import { StoredEnds } from './stored-ends.ts';

/** Holds the durations of the store, as `Timings` names them. */
export interface RedisStreamStoreOptions {
  readonly commitMs: number;
  readonly storageRetryMs: number;
  readonly nodeLeaseMs: number;
  readonly nodeBeatMs: number;
  readonly lookMs: number;
  readonly quietMs: number;
  /** How long the text of a stream that nobody touches any more is kept in Redis. */
  readonly retentionMs: number;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
}

/** Carries the ids of streams whose stop was stored, so that their producer need not wait for its next beat. */
const stopChannel = 'sillage:stop';

/** Is a stream that this node produces, until it has ended. */
interface Open extends OpenStream {
  readonly sessionId: string | undefined;
  readonly live: LiveStream;
  readonly openedAt: number;
  isStopRequested: boolean;
  ending: Promise<EndEvent> | undefined;
}

/** Keeps streams in PostgreSQL and Redis, which any number of nodes share. */
export class RedisStreamStore implements StreamStore {
  readonly #database: Database;
  readonly #link: RedisLink;
  readonly #rows: StreamRows;
  readonly #nodeStreams: NodeStreams;
  readonly #text: RedisText;
  readonly #options: Required<RedisStreamStoreOptions>;
  readonly #nodeId = ulid();
  readonly #open = new Map<StreamId, Open>();
  /** Streams that are becoming this node's: the database may name them before they are open here. */
  readonly #arriving = new Set<StreamId>();
  readonly #ended: EndedStreams;
  readonly #ends: StoredEnds;
  readonly #producers: Producers;
  readonly #followed: FollowedStreams;
  readonly #lease: NodeLease;
  readonly #closing = new AbortController();
  #watcher: StoreWatcher | undefined;
  cutOff: StreamStore['cutOff'];

  private constructor(database: Database, link: RedisLink, options: RedisStreamStoreOptions) {
    this.#database = database;
    this.#link = link;
    this.#rows = new StreamRows(database.query);
    this.#ended = new EndedStreams(this.#rows);
    this.#nodeStreams = new NodeStreams(database.query);
    this.#text = new RedisText(link);
    this.#options = { now: Date.now, ...options };
    const { signal } = this.#closing;
    const { commitMs, storageRetryMs: retryMs, lookMs, quietMs, nodeLeaseMs, nodeBeatMs } = options;
    this.#ends = new StoredEnds(this.#rows, { lookMs, retryMs, signal });
    this.#producers = new Producers(this.#text, {
      sendMs: commitMs,
      retryMs,
      lookMs,
      keepMs: this.#keepMs,
      onFenced: (streamId) => this.#giveUp(streamId),
    });
    this.#followed = new FollowedStreams(this.#text, {
      fetchMs: commitMs,
      lookMs,
      quietMs,
      findEnded: (streamIds) => this.#rows.findEnded(streamIds),
    });
    this.#lease = new NodeLease(database.query, {
      nodeId: this.#nodeId,
      beatMs: nodeBeatMs,
      leaseMs: nodeLeaseMs,
      onBeat: (own, sentAt) => {
        this.cutOff = undefined;
        this.#text.showBeat({ keepMs: nodeLeaseMs });
        this.#compare(own, sentAt);
      },
      onLost: () => void this.#askWhoBeats(),
      onDeadNodes: () => this.#watcher?.orphansFound(),
    });
    link.listen(stopChannel, (streamId) => this.#stopAsked(streamId));
    link.onReady(() => {
      this.#producers.suspectAll();
      this.#followed.suspectAll();
    });
  }

  /** Opens the store on a database and a link, which outlive it, and takes this node's place among the others. */
  static async open(database: Database, link: RedisLink, options: RedisStreamStoreOptions): Promise<RedisStreamStore> {
    const store = new RedisStreamStore(database, link, options);
    await store.#lease.start();
    return store;
  }

  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
  }

  async create(stream: NewStream): Promise<Created> {
    const { streamId, userId, sessionId, idempotency, alongside = [] } = stream;
    const epoch = 1;
    const insert = this.#rows.insert(stream, { epoch, at: this.#options.now(), nodeId: this.#nodeId });
    this.#arriving.add(streamId);
    try {
      if (await this.#database.write([...insert, ...alongside])) {
        this.#addOpen({ streamId, userId, sessionId, epoch });
        return { isNew: true, stream: { streamId, userId, epoch } };
      }
    } finally {
      this.#arriving.delete(streamId);
    }
    const earlier = idempotency && (await this.findStart(userId, idempotency.key));
    if (earlier) return { isNew: false, ...earlier };
    throw new StreamError('conflict', 'The conversation has changed meanwhile. Load it again.');
  }

  findStart(userId: string, key: string): Promise<{ streamId: StreamId; requestHash: string } | undefined> {
    return this.#rows.findStart(userId, key);
  }

  async append(stream: OpenStream, events: readonly NewEvent[]): Promise<Offset> {
    const { live } = this.#producing(stream);
    const before = live.appended;
    for (const event of events) live.append(event);
    return live.appended === before ? before : this.#producers.send(stream.streamId, live.appended);
  }

  async end(stream: OpenStream, end: NewEnd, alongside: Alongside = () => []): Promise<EndEvent> {
    const open = this.#open.get(stream.streamId);
    if (open === undefined) return this.#ends.wait(stream.streamId);
    if (open.epoch !== stream.epoch) throw fenced(open);
    open.ending ??= this.#end(open, end, alongside).catch((error: unknown) => {
      open.ending = undefined; // it has not happened, and may be tried again
      throw error;
    });
    return open.ending;
  }

  async requestStop(streamId: StreamId): Promise<void> {
    const open = this.#open.get(streamId);
    if (open !== undefined) open.isStopRequested = true;
    await this.#database.write([this.#rows.requestStop(streamId, this.#options.now())]);
    if (open !== undefined) this.#watcher?.endWanted(streamId);
    else this.#link.publish(stopChannel, streamId);
  }

  /** Of a stream that is produced here everything is known, also while the database is away. */
  async find(streamId: StreamId): Promise<StreamRecord | undefined> {
    const open = this.#open.get(streamId);
    if (open === undefined) return this.#rows.find(streamId);
    const { userId, sessionId, isStopRequested } = open;
    return { streamId, userId, sessionId, isStopRequested, isForgotten: false, end: open.live.end };
  }

  findActive(userId: string, sessionId: string): Promise<StreamId | undefined> {
    return this.#rows.findActive(userId, sessionId);
  }

  listActive(userId: string): Promise<readonly StreamId[]> {
    return this.#rows.listActive(userId);
  }

  erase(of: { userId: string; sessionId?: string }): readonly Statement[] {
    return this.#rows.erase(of, this.#options.now());
  }

  countStarts(userId: string, since: number): Promise<Starts> {
    return this.#rows.countStarts(userId, since);
  }

  async addUsage(streamId: StreamId, usage: Usage): Promise<void> {
    await this.#database.write([this.#rows.addUsage(streamId, usage)]);
  }

  async open(streamId: StreamId, wake: () => void): Promise<StreamView | undefined> {
    const open = this.#open.get(streamId);
    if (open !== undefined) return this.#ended.view(streamId, open.live, wake);
    const kept = this.#ended.openKept(streamId, wake);
    if (kept !== undefined) return kept;
    const record = await this.#rows.find(streamId);
    if (record === undefined || record.isForgotten) return undefined;
    if (record.end !== undefined) return this.#ended.open(streamId, wake);
    const { live, close } = await this.#followed.open(streamId, wake);
    return viewOf(streamId, live, close);
  }

  unread({ streamId }: OpenStream): Unread | undefined {
    return this.#producers.unread(streamId);
  }

  /** Takes streams only from nodes that are dead for certain: Redis must be there, so that their text is kept. */
  async takeOver(): Promise<readonly (OpenStream & { isStopRequested: boolean })[]> {
    const dead = this.#lease.mayTakeOver ? await this.#lease.deadNodes() : [];
    const orphans = (await this.#nodeStreams.findOpen([this.#nodeId, ...dead])).filter(
      ({ streamId }) => !this.#open.has(streamId) && !this.#arriving.has(streamId),
    );
    const taken = await Promise.all(orphans.map((orphan) => this.#takeOver(orphan)));
    await Promise.all(dead.map((nodeId) => this.#lease.forget(nodeId)));
    return taken.filter((stream) => stream !== undefined);
  }

  async sweep(ages: Ages): Promise<void> {
    await this.#database.write([...this.#rows.sweep(this.#options.now(), ages), this.#nodeStreams.nameStrays()]);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#producers.close();
    this.#followed.close();
    await this.#lease.close();
  }

  get #keepMs(): number {
    return Math.max(this.#options.retentionMs, 600_000);
  }

  get #waitFor() {
    return { retryMs: this.#options.storageRetryMs, signal: this.#closing.signal };
  }

  #addOpen(stream: Omit<Orphan, 'isStopRequested'>, live = new LiveStream()): void {
    const { streamId } = stream;
    const state = { openedAt: performance.now(), isStopRequested: false, ending: undefined };
    this.#open.set(streamId, { ...stream, live, ...state });
    this.#producers.add(stream, live, { at: live.appended });
  }

  #producing({ streamId, epoch }: OpenStream): Open {
    const open = this.#open.get(streamId);
    if (open === undefined || open.ending !== undefined) {
      throw new StreamError('stream-ended', `The stream ${streamId} has ended; nothing can be appended.`);
    }
    if (open.epoch !== epoch) throw fenced(open);
    return open;
  }

  async #end(open: Open, end: NewEnd, alongside: Alongside): Promise<EndEvent> {
    const { streamId, live } = open;
    const event: EndEvent = { type: 'end', offset: live.appended + 1, ...end };
    const isWritten = await untilWritten(
      this.#database,
      () => [
        ...this.#rows.end(open, event, { at: this.#options.now(), body: live.toBody() }),
        ...alongside({ text: live.textOf('text') }, event),
      ],
      this.#waitFor,
    );
    if (!isWritten && !(await this.#ends.isOver(streamId, event))) {
      this.#giveUp(streamId);
      return this.#ends.wait(streamId);
    }
    this.#open.delete(streamId);
    this.#ended.keep(streamId, live);
    live.markEnded(event);
    this.#producers.end(streamId, event);
    return event;
  }

  /** Lets another node have the stream: nothing more is appended here, and readers see the end that it gets there. */
  #giveUp(streamId: StreamId): void {
    const open = this.#open.get(streamId);
    if (open === undefined) return;
    this.#open.delete(streamId);
    this.#producers.drop(streamId);
    if (open.live.unread === undefined) this.#followed.adopt(streamId, open.live);
    this.#watcher?.endWanted(streamId);
  }

  #stopAsked(streamId: StreamId): void {
    const open = this.#open.get(streamId);
    if (open === undefined) return;
    open.isStopRequested = true;
    this.#watcher?.endWanted(streamId);
  }

  async #askWhoBeats(): Promise<void> {
    this.cutOff ??= 'with-others';
    const isBeating = await this.#text.isBeating().catch(() => false);
    if (this.cutOff !== undefined) this.cutOff = isBeating ? 'alone' : 'with-others';
  }

  /** Compares what the database says are this node's streams with what is open here. */
  #compare(own: readonly OwnStream[], sentAt: number): void {
    const stored = new Map(own.map((stream) => [stream.streamId, stream]));
    for (const { streamId, openedAt, ending } of this.#open.values()) {
      const row = stored.get(streamId);
      if (row?.isStopRequested) this.#stopAsked(streamId);
      else if (row === undefined && openedAt < sentAt && ending === undefined) this.#giveUp(streamId);
    }
    if (own.some(({ streamId }) => this.#isStray(streamId))) this.#watcher?.orphansFound();
  }

  /** A stream of this node that is not open here: its start was written, and the answer to that was lost. */
  #isStray(streamId: StreamId): boolean {
    return !this.#open.has(streamId) && !this.#arriving.has(streamId);
  }

  /** Claims a stream, fences its producer, and keeps what it had shown. Without Redis it stays claimed, until there is one. */
  async #takeOver(orphan: Orphan): Promise<Orphan | undefined> {
    const { streamId } = orphan;
    const stream = { ...orphan, epoch: orphan.epoch + 1 };
    this.#arriving.add(streamId);
    try {
      if (!(await this.#database.write([this.#nodeStreams.takeOver(orphan, this.#nodeId)]))) return undefined;
      if (!(await this.#text.fence(streamId, stream.epoch, { keepMs: this.#keepMs }))) return undefined;
      this.#addOpen(stream, liveOf(await this.#text.read(streamId, 0)));
      return stream;
    } catch {
      return undefined; // the next beat finds it again
    } finally {
      this.#arriving.delete(streamId);
    }
  }
}

function liveOf(entries: readonly TextEntry[]): LiveStream {
  const live = new LiveStream();
  for (const entry of entries) if (entry.type !== 'end') live.append(entry);
  live.markStored(live.appended);
  return live;
}

function fenced({ streamId }: OpenStream): StreamError {
  return new StreamError('fenced', `Another producer owns the stream ${streamId}.`);
}
