// The open streams that this node produces: how it gets them (a start, a takeover) and how it loses them to another node.
import { Logger } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import type { Database } from '../../../database/database.ts';
import type { Scopes } from '../../../database/scopes.ts';
import type { Observer } from '../../../observing/observer.ts';
import { describeError } from '../../describe-error.ts';
import { LiveStream } from '../../live-stream.ts';
import { appendable } from '../../producer-checks.ts';
import type { Ended, OpenStream, StoreWatcher } from '../../stream-store.ts';
import type { FollowedStreams } from './followed-streams.ts';
import type { OwnStream } from './node-lease.ts';
import type { NodeStreams, Orphan } from './node-streams.ts';
import type { Producers } from './producers.ts';
import type { RedisText, TextEntry } from './redis-text.ts';

/** An open stream that this node produces. */
export interface Open extends OpenStream {
  readonly sessionId: string | undefined;
  readonly scopes: Scopes;
  readonly live: LiveStream;
  /** By `performance.now()`. */
  readonly openedAt: number;
  isStopRequested: boolean;
  ending: Promise<Ended> | undefined;
}

/** Dependencies of `OwnStreams`. */
export interface OwnStreamsParts {
  readonly nodeId: string;
  readonly database: Database;
  readonly nodeStreams: NodeStreams;
  readonly text: RedisText;
  readonly producers: Producers;
  readonly followed: FollowedStreams;
  readonly observer?: Observer | undefined;
  /** How long Redis keeps a text after its last access. */
  readonly keepMs: number;
}

/** The node's open streams in memory, reconciled with the database at each renewal of the lease. */
export class OwnStreams {
  readonly #parts: OwnStreamsParts;
  readonly #open = new Map<StreamId, Open>();
  /** Streams that are being written as this node's: the database may list them before they are in `#open`. */
  readonly #opening = new Set<StreamId>();
  /** Orphans whose last takeover failed, each logged once. */
  #failing = new Set<StreamId>();
  readonly #logger = new Logger(OwnStreams.name);
  #watcher: StoreWatcher | undefined;

  constructor(parts: OwnStreamsParts) {
    this.#parts = parts;
  }

  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
  }

  get(streamId: StreamId): Open | undefined {
    return this.#open.get(streamId);
  }

  /** Returns the stream if this producer may append to it.
   *  @throws {StreamError} `stream-ended`, `fenced`. */
  findAppendable(stream: OpenStream): Open {
    return appendable(this.#open.get(stream.streamId), stream);
  }

  /** Runs `open`, which writes a stream as this node's and adds it. Meanwhile the stream is no orphan. */
  async opening<Result>(streamId: StreamId, open: () => Promise<Result>): Promise<Result> {
    this.#opening.add(streamId);
    try {
      return await open();
    } finally {
      this.#opening.delete(streamId);
    }
  }

  /** Adds a stream, which is stored as this node's, with its stored text. */
  add(stream: OpenStream & Pick<Open, 'sessionId' | 'scopes'>, live: LiveStream): void {
    const state = { openedAt: performance.now(), isStopRequested: false, ending: undefined };
    this.#open.set(stream.streamId, { ...stream, live, ...state });
    this.#parts.producers.add(stream, live, { sentOffset: live.appended });
  }

  /** Removes a stream that has ended. */
  delete(streamId: StreamId): void {
    this.#open.delete(streamId);
  }

  /** Stops producing a stream that another node has taken over. Its readers here follow it to the end that it gets there. */
  giveUp(streamId: StreamId): void {
    const open = this.#open.get(streamId);
    if (open === undefined) return;
    this.#open.delete(streamId);
    this.#parts.producers.drop(streamId);
    this.#parts.observer?.fenced?.();
    if (open.live.unread === undefined) this.#parts.followed.followTakenOver(streamId, open.live);
    this.#watcher?.endWanted(streamId);
  }

  /** Ends a stream of this node whose stop was requested. */
  stopRequested(streamId: StreamId): void {
    const open = this.#open.get(streamId);
    if (open === undefined) return;
    open.isStopRequested = true;
    this.#watcher?.endWanted(streamId);
  }

  /** Reconciles the open streams with this node's streams in the database, as queried at `sentAt`: ends those with a requested
   *  stop, gives up those that another node has taken over, and reports those that are not open here. */
  reconcile(own: readonly OwnStream[], sentAt: number): void {
    const stored = new Map(own.map((stream) => [stream.streamId, stream]));
    for (const { streamId, openedAt, ending } of this.#open.values()) {
      const row = stored.get(streamId);
      if (row?.isStopRequested) this.stopRequested(streamId);
      else if (row === undefined && openedAt < sentAt && ending === undefined) this.giveUp(streamId);
    }
    if (own.some((stream) => this.#isOrphaned(stream))) this.#watcher?.orphansFound();
  }

  /** Takes over the open streams of dead nodes, and this node's own whose start was committed without a response. A takeover
   *  that fails is logged once; the next renewal of the lease finds the stream again. */
  async takeOver(dead: readonly string[]): Promise<readonly Orphan[]> {
    const { nodeStreams, nodeId } = this.#parts;
    const orphans = await nodeStreams.findOpen([nodeId, ...dead]);
    const failing = new Set<StreamId>();
    const take = async (orphan: Orphan) => {
      try {
        return await this.opening(orphan.streamId, () => this.#takeOver(orphan));
      } catch (error) {
        failing.add(orphan.streamId);
        if (!this.#failing.has(orphan.streamId)) this.#logFailure(orphan, error);
        return undefined;
      }
    };
    const taken = await Promise.all(orphans.filter((orphan) => this.#isOrphaned(orphan)).map(take));
    this.#failing = failing;
    return taken.filter((stream) => stream !== undefined);
  }

  #isOrphaned({ streamId }: { streamId: StreamId }): boolean {
    return !this.#open.has(streamId) && !this.#opening.has(streamId);
  }

  /** Makes this node the producer, fences the previous one, and reads the text from Redis. Without Redis the stream remains
   *  this node's in the database, and a later call continues. */
  async #takeOver(orphan: Orphan): Promise<Orphan | undefined> {
    const { nodeId, database, nodeStreams, text, keepMs } = this.#parts;
    const { streamId } = orphan;
    const stream = { ...orphan, epoch: orphan.epoch + 1 };
    if (!(await database.write([nodeStreams.takeOver(orphan, nodeId)]))) return undefined;
    if (!(await text.fence(streamId, stream.epoch, { keepMs }))) return undefined;
    this.add(stream, liveOf(await text.read(streamId, 0)));
    return stream;
  }

  #logFailure({ streamId }: Orphan, error: unknown): void {
    const line = `The orphaned stream ${streamId} cannot be taken over. The next renewal of the lease retries.`;
    this.#logger.warn(`${line} ${describeError(error)}`);
  }
}

function liveOf(entries: readonly TextEntry[]): LiveStream {
  const live = new LiveStream();
  for (const entry of entries) if (entry.type !== 'end') live.append(entry);
  live.markStored(live.appended);
  return live;
}
