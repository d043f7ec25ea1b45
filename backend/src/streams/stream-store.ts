// The port for storing streams. A new store implements `StreamStore`, and `streamStoreContract` must pass on it.
// Every store shares the database: `StreamDirectory` creates and lists streams, `StreamRemoval` deletes them, `StreamRows` has
// the statements on one stream. `LiveStream` is the in-memory copy of a stream.
import type { EndEvent, Offset, ReplyEnd, StreamEvent, StreamId, Usage } from '@sillage/protocol';
import type { Statement } from '../database/database.ts';
import type { Scopes } from '../database/scopes.ts';
import type { TextParts } from '../database/text-parts.ts';

/** Text to append. The store assigns its offset. The text is well-formed Unicode without U+0000. */
export interface NewEvent {
  readonly type: 'text' | 'reasoning';
  readonly text: string;
}

/** What a start stores for the usage of its reply. */
interface Accounting {
  readonly model: string;
  /** Estimated tokens of the completion request. */
  readonly requestTokens: number;
  /** The most that the reply may use, where a limit a day applies. */
  readonly reservedTokens?: number | undefined;
  /** The organization whose limit applies. */
  readonly organization?: string | undefined;
}

/** Inputs for creating a stream. */
export interface NewStream {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly sessionId?: string;
  readonly scopes?: Scopes;
  readonly accounting?: Accounting;
  /** Makes the start unique per user: a second start with the same key returns the first stream. */
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
  /** Written in the same transaction as the stream. */
  readonly extraStatements?: readonly Statement[];
}

/** Result of `create`: a new stream, or the earlier stream that was created with the same idempotency key. */
export type Created =
  | { readonly isNew: true; readonly stream: OpenStream }
  | { readonly isNew: false; readonly streamId: StreamId; readonly requestHash: string };

/** The producer's handle for appending to a stream and ending it. Valid until the stream ends or gets a higher epoch. */
export interface OpenStream {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly epoch: number;
}

/** Result of `end`. */
export interface Ended {
  /** The end that won, which may be an earlier one. */
  readonly end: EndEvent;
  /** Whether this producer wrote it: of all nodes, exactly one gets `true` for a stream. */
  readonly isOwn: boolean;
}

/** A stream that was taken over from a dead producer, with what its start has stored for its end. */
export interface OrphanedStream extends OpenStream {
  readonly isStopRequested: boolean;
  /** `undefined` when the start has stored no accounting. */
  readonly model: string | undefined;
  /** Estimated tokens of the completion request. */
  readonly requestTokens: number;
}

/** Metadata of a stream, without its text. */
export interface StreamRecord {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly sessionId: string | undefined;
  /** The scopes that the start was made with. */
  readonly scopes: Scopes;
  readonly isStopRequested: boolean;
  /** Whether the retention time has passed and the text is deleted. */
  readonly isForgotten: boolean;
  /** The single last event; `undefined` while the stream is open. */
  readonly end: EndEvent | undefined;
  /** When it ended, in milliseconds since 1970 by the clock of the node that ended it; `undefined` while it is open. */
  readonly endedAt: number | undefined;
}

/** One reader's view of a stream. All reads are synchronous, from memory; any number of views may exist. */
export interface StreamView {
  /** The offset up to which the stream can be read. Covers only text that would survive a crash of the process. */
  readonly stored: Offset;
  readonly end: EndEvent | undefined;
  /** Returns the next event past `after`: stored text of one type, merged up to `limits.eventLength` and never cut within
   *  a surrogate pair, or the end event. Returns `undefined` when nothing is stored past `after` yet. */
  next(after: Offset): StreamEvent | undefined;
  /** Whether `after` lies within a surrogate pair; such an offset is not a valid place to read from. */
  isTorn(after: Offset): boolean;
  /** Releases the stream; `notify` is not called afterwards. */
  close(): void;
}

/** The whole text of a reply, and apart from it its whole reasoning, empty for none. */
export interface WholeReply {
  readonly parts: TextParts;
  readonly reasoning: TextParts;
}

/** Builds the statements that are written in the same transaction as an end. */
export type ExtraStatements = (reply: WholeReply, end: EndEvent) => readonly Statement[];

/** Returns the usage to write with an end, from the whole reply. */
export type MeasureUsage = (reply: WholeReply) => Promise<Usage | undefined>;

/** How long a stream has had no reader, and whether it ever had one. */
export interface Unread {
  readonly forMs: number;
  readonly wasRead: boolean;
}

/** Callbacks by which the store reports events of other nodes to this process. */
export interface StoreWatcher {
  /** Called when this node should end the stream: a stop was requested, or another node has taken the stream over. May be
   *  called more than once. */
  endWanted(streamId: StreamId): void;
  /** Called when there may be streams of a dead node; `takeOver` finds them. */
  orphansFound(): void;
}

/** Keeps streams. A store guarantees the following through a crash at any moment and, where several nodes share the store,
 *  on every node; `streamStoreContract` tests all of it from outside:
 *  - Durability: when `create`, `requestStop` or `end` resolves, the change is stored. When `append` resolves, the text
 *    survives a crash of the process that appended it.
 *  - Visibility: a reader sees only text that is durable in this sense. What a reader has seen remains the beginning of the
 *    stream.
 *  - Offsets count UTF-16 units. The text after an offset is the same however it was divided into appends.
 *  - A stream ends exactly once. Of several concurrent calls of `end` one wins, and only its statements are written. All
 *    callers get the winning end, and every reader sees it.
 *  - One producer at a time: once a stream has a higher epoch, the producer with the lower one can neither append nor end.
 *  - Outages: while the storage is away, `append` and `end` wait and then continue, `create` and `requestStop` fail, and
 *    readers can read what is in memory. */
export interface StreamStore {
  /** Set when this node has not reached the database for a full lease: `this-node` when other nodes still reach it and may
   *  have taken over this node's streams, `all-nodes` when no node reaches it. */
  readonly databaseUnreachable: 'this-node' | 'all-nodes' | undefined;

  /** Registers the callbacks; replaces earlier ones. */
  watch(watcher: StoreWatcher): void;

  /** Creates a stream, its idempotency key and the rows of `extraStatements` in one transaction. Of several calls with the
   *  same user and key, also concurrent ones, exactly one creates the stream; the others get that stream.
   *  @throws {StreamError} `storage`; `conflict` when one of `extraStatements` expects a row change that did not happen. */
  create(stream: NewStream): Promise<Created>;

  /** Appends events after the stream's last offset. Resolves with the new last offset once the events would survive a
   *  crash of this process. Concurrent appends keep the order of the calls. While the storage fails, retries.
   *  @throws {StreamError} `fenced` when another epoch owns the stream, `stream-ended` after its end. */
  append(stream: OpenStream, events: readonly NewEvent[]): Promise<Offset>;

  /** Ends the stream and writes `extraStatements` in the same transaction. `measureUsage` replaces the usage of `end`; if it
   *  rejects, the end has none. While the storage fails, retries. A statement that the database rejects is logged and does
   *  not keep the stream open: the end is written without token counts, then as `internal`, then without the rejected
   *  statements.
   *  @throws {StreamError} `fenced` when another epoch owns the stream. */
  end(
    stream: OpenStream,
    end: ReplyEnd,
    extraStatements?: ExtraStatements,
    measureUsage?: MeasureUsage,
  ): Promise<Ended>;

  /** Stores that a person wants to stop the stream, and notifies the node that produces it. Has no effect after the end.
   *  @throws {StreamError} `storage`. */
  requestStop(streamId: StreamId): Promise<void>;

  /** Finds a stream's metadata; `undefined` when the stream never existed, was erased, or its row was deleted
   *  because of its age. */
  find(streamId: StreamId): Promise<StreamRecord | undefined>;

  /** Opens a stream for reading. Calls `notify` whenever more of it has been stored, and after its end.
   *  Resolves with `undefined` when there is no text to read: the stream is unknown or forgotten. */
  open(streamId: StreamId, notify: () => void): Promise<StreamView | undefined>;

  /** Returns how long the stream has had no reader on any node; `undefined` while it has one. */
  unread(stream: OpenStream): Unread | undefined;

  /** Takes over the open streams of dead producers, with their stored text, so that this node can end them. Each gets a new
   *  epoch, which fences the previous producer. Streams with a live producer, here or on another node, are not touched. */
  takeOver(): Promise<readonly OrphanedStream[]>;

  /** Deletes the text of erased streams that the store keeps outside the tables of `StreamRemoval`. Does one bounded step
   *  before each `yield`; after an interruption, another call does the rest.
   *  @throws {StreamError} `storage`. */
  dropErased(): AsyncGenerator<void>;

  /** Ends all retries: pending calls reject with an `AbortError`. Does not end the open streams. */
  close(): Promise<void>;
}

/** Injection token of the store. */
export const STREAM_STORE = Symbol('StreamStore');
