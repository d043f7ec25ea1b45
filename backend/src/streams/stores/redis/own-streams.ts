// The streams that this node produces: how they become its own, and how they cease to be when another node has them.

import type { EndEvent } from '@sillage/protocol';
import { StreamError, type StreamId } from '@sillage/protocol';
import type { Database } from '../../../database/database.ts';
import type { Scopes } from '../../../database/scopes.ts';
import { LiveStream } from '../../live-stream.ts';
import type { OpenStream, StoreWatcher } from '../../stream-store.ts';
import type { FollowedStreams } from './followed-streams.ts';
import type { OwnStream } from './node-lease.ts';
import type { NodeStreams, Orphan } from './node-streams.ts';
import type { Producers } from './producers.ts';
import type { RedisText, TextEntry } from './redis-text.ts';

/** Is a stream that this node produces, until it has ended. */
export interface Open extends OpenStream {
  readonly sessionId: string | undefined;
  readonly scopes: Scopes;
  readonly live: LiveStream;
  /** By `performance.now()`. */
  readonly openedAt: number;
  isStopRequested: boolean;
  ending: Promise<EndEvent> | undefined;
}

/** Is what streams are taken from, and handed on to. */
export interface OwnStreamsParts {
  readonly nodeId: string;
  readonly database: Database;
  readonly nodeStreams: NodeStreams;
  readonly text: RedisText;
  readonly producers: Producers;
  readonly followed: FollowedStreams;
  /** How long Redis keeps a text that nobody touches. */
  readonly keepMs: number;
}

/** Holds them, and compares them with what the database says. */
export class OwnStreams {
  readonly #parts: OwnStreamsParts;
  readonly #open = new Map<StreamId, Open>();
  /** Streams that are becoming this node's: the database may name them before they are open here. */
  readonly #arriving = new Set<StreamId>();
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

  /** Finds the stream that may be appended to.
   *  @throws {StreamError} `stream-ended`, `fenced`. */
  producing({ streamId, epoch }: OpenStream): Open {
    const open = this.#open.get(streamId);
    if (open === undefined || open.ending !== undefined) {
      throw new StreamError('stream-ended', `The stream ${streamId} has ended; nothing can be appended.`);
    }
    if (open.epoch !== epoch) throw fenced(open);
    return open;
  }

  /** Opens a stream once `write` says that it is in the database as this node's; `false` where it is not. */
  async arrive(
    stream: Omit<Orphan, 'isStopRequested'>,
    write: () => Promise<LiveStream | undefined>,
  ): Promise<boolean> {
    const { streamId } = stream;
    this.#arriving.add(streamId);
    try {
      const live = await write();
      if (live === undefined) return false;
      const state = { openedAt: performance.now(), isStopRequested: false, ending: undefined };
      this.#open.set(streamId, { ...stream, live, ...state });
      this.#parts.producers.add(stream, live, { at: live.appended });
      return true;
    } finally {
      this.#arriving.delete(streamId);
    }
  }

  /** Lets go of a stream that has ended. */
  delete(streamId: StreamId): void {
    this.#open.delete(streamId);
  }

  /** Lets another node have the stream: nothing more is appended here, and readers see the end that it gets there. */
  giveUp(streamId: StreamId): void {
    const open = this.#open.get(streamId);
    if (open === undefined) return;
    this.#open.delete(streamId);
    this.#parts.producers.drop(streamId);
    if (open.live.unread === undefined) this.#parts.followed.adopt(streamId, open.live);
    this.#watcher?.endWanted(streamId);
  }

  /** Tells that a stop of the stream is stored. */
  stopRequested(streamId: StreamId): void {
    const open = this.#open.get(streamId);
    if (open === undefined) return;
    open.isStopRequested = true;
    this.#watcher?.endWanted(streamId);
  }

  /** Compares what is open here with what the database said, when asked at `sentAt`, are this node's streams. */
  compare(own: readonly OwnStream[], sentAt: number): void {
    const stored = new Map(own.map((stream) => [stream.streamId, stream]));
    for (const { streamId, openedAt, ending } of this.#open.values()) {
      const row = stored.get(streamId);
      if (row?.isStopRequested) this.stopRequested(streamId);
      else if (row === undefined && openedAt < sentAt && ending === undefined) this.giveUp(streamId);
    }
    if (own.some((stream) => this.#isStray(stream))) this.#watcher?.orphansFound();
  }

  /** Takes the streams of dead nodes, and those of this one whose start was written and never answered. */
  async takeOver(dead: readonly string[]): Promise<readonly Orphan[]> {
    const { nodeStreams, nodeId } = this.#parts;
    const orphans = await nodeStreams.findOpen([nodeId, ...dead]);
    const strays = orphans.filter((orphan) => this.#isStray(orphan));
    const taken = await Promise.all(strays.map((orphan) => this.#takeOver(orphan)));
    return taken.filter((stream) => stream !== undefined);
  }

  #isStray({ streamId }: { streamId: StreamId }): boolean {
    return !this.#open.has(streamId) && !this.#arriving.has(streamId);
  }

  /** Claims a stream, fences its producer, and keeps what it had shown. Without Redis it stays claimed, until there is one. */
  async #takeOver(orphan: Orphan): Promise<Orphan | undefined> {
    const { nodeId, database, nodeStreams, text, keepMs } = this.#parts;
    const { streamId } = orphan;
    const stream = { ...orphan, epoch: orphan.epoch + 1 };
    try {
      const isTaken = await this.arrive(stream, async () => {
        if (!(await database.write([nodeStreams.takeOver(orphan, nodeId)]))) return undefined;
        if (!(await text.fence(streamId, stream.epoch, { keepMs }))) return undefined;
        return liveOf(await text.read(streamId, 0));
      });
      return isTaken ? stream : undefined;
    } catch {
      return undefined; // the next beat finds it again
    }
  }
}

/** Refuses who has an older epoch. */
export function fenced({ streamId }: { streamId: StreamId }): StreamError {
  return new StreamError('fenced', `Another producer owns the stream ${streamId}.`);
}

function liveOf(entries: readonly TextEntry[]): LiveStream {
  const live = new LiveStream();
  for (const entry of entries) if (entry.type !== 'end') live.append(entry);
  live.markStored(live.appended);
  return live;
}
