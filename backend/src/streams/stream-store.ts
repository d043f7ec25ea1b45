// Where streams live: the one thing a new store implements. Passes `streamStoreContract`, or is not a store.
import type { EndEvent, FailureCode, FinishReason, Offset, StreamEvent, StreamId, Usage } from '@sillage/protocol';
import type { Statement } from '../database/database.ts';
import type { ErasureScope } from '../database/erasures.ts';
import type { Scopes } from '../database/scopes.ts';

/** Adds text to a stream; its offset is the store's to give. Text is well-formed Unicode without U+0000. */
export interface NewEvent {
  readonly type: 'text' | 'reasoning';
  readonly text: string;
}

/** Says how a stream shall end. */
export interface NewEnd {
  readonly finishReason: FinishReason;
  readonly usage?: Usage;
  readonly code?: FailureCode;
  readonly trimmedTurns?: number;
}

/** Names the stream that is to be, and what makes its start unique. */
export interface NewStream {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly sessionId?: string;
  readonly scopes?: Scopes;
  readonly idempotency?: { readonly key: string; readonly requestHash: string };
  /** Written in the same transaction as the stream. */
  readonly extraStatements?: readonly Statement[];
}

/** Says whether a stream was created, or that its idempotency key names an earlier one. */
export type Created =
  | { readonly isNew: true; readonly stream: OpenStream }
  | { readonly isNew: false; readonly streamId: StreamId; readonly requestHash: string };

/** Lets its holder, the producer, append to a stream and end it, until another epoch or the end takes that right away. */
export interface OpenStream {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly epoch: number;
}

/** Tells what is known of a stream without its text. */
export interface StreamRecord {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly sessionId: string | undefined;
  /** The ids that it was started under. */
  readonly scopes: Scopes;
  readonly isStopRequested: boolean;
  readonly isForgotten: boolean;
  /** The single last event, once there is one. */
  readonly end: EndEvent | undefined;
}

/** Is one reader's hold on a stream: looks synchronously at what is stored, wherever the reader is. */
export interface StreamView {
  readonly streamId: StreamId;
  /** Everything up to here may be read; never beyond what would survive the death of the process. */
  readonly stored: Offset;
  readonly end: EndEvent | undefined;
  /** Returns the event behind `after`, merged from what is stored, at most `limits.eventLength` long and never cut within
   *  a surrogate pair; `undefined` when nothing is stored behind it yet. */
  next(after: Offset): StreamEvent | undefined;
  /** Says whether `after` lies within a surrogate pair, where nothing may be cut. */
  isTorn(after: Offset): boolean;
  /** Lets go of the stream; no wake-up comes after it. */
  close(): void;
}

/** Says what the whole text of a reply is, for those who store it at its end. */
interface WholeReply {
  readonly text: string;
}

/** Builds what is written in the same transaction as an end. */
export type ExtraStatements = (reply: WholeReply, end: EndEvent) => readonly Statement[];

/** Says since when nobody has been reading, and whether anybody ever has. */
export interface Unread {
  readonly forMs: number;
  readonly wasRead: boolean;
}

/** Says how many streams a user has. Times are in milliseconds since 1970. */
export interface Starts {
  /** Have not ended. */
  readonly active: number;
  /** Were created lately, whatever became of them. */
  readonly recent: number;
  readonly firstRecentAt: number | undefined;
}

/** Says what is old, in milliseconds: ended streams are forgotten, forgotten ones and idempotency keys deleted. */
export interface Ages {
  readonly retentionMs: number;
  readonly forgottenMs: number;
  readonly idempotencyMs: number;
}

/** Streams of a scope up to a time of creation, in milliseconds since 1970. */
export interface ErasedStreams extends ErasureScope {
  readonly until: number;
}

/** Is told what others want of the streams of this process. */
export interface StoreWatcher {
  /** The stream is to be ended: a stop was asked for on another node, or it has become another's. Perhaps told again. */
  endWanted(streamId: StreamId): void;
  /** There are streams to take over, perhaps. */
  orphansFound(): void;
}

/** Where streams live. What an implementer promises, whoever dies at whatever moment, and, where nodes share the store,
 *  whichever of them is asked:
 *  - A start, a stop and an end that resolved are stored. An append that resolved outlives the process that made it.
 *  - No reader is shown what an append has not promised yet. What was shown stays the beginning of the stream.
 *  - Offsets count UTF-16 units: however text was cut by appends, the text behind an offset is the same.
 *  - A stream ends once. Of many who end it one wins, with its rows; all are told which, and every reader sees that end.
 *  - One producer at a time: a later epoch fences those before it, in memory, in the live text and at the end.
 *  - Where the storage is away, appends and ends wait and go on, starts and stops are refused, reads show what there is.
 *  `streamStoreContract` tests all of it from outside. */
export interface StreamStore {
  /** Says that this node has not reached the database for a lease: `alone` where others have, whose streams its own are by
   *  then. */
  readonly databaseUnreachable: 'this-node' | 'all-nodes' | undefined;

  /** Tells `watcher` from now on. */
  watch(watcher: StoreWatcher): void;

  /** Creates a stream, its idempotency key and what is to be written alongside, all or nothing.
   *  Of two creations with the same user and key, at whatever moment, exactly one is new.
   *  @throws {StreamError} `storage`. */
  create(stream: NewStream): Promise<Created>;

  /** Finds what a user's idempotency key names; `undefined` for none, or one too old. */
  findStart(userId: string, key: string): Promise<{ streamId: StreamId; requestHash: string } | undefined>;

  /** Adds events behind the stream's last offset; resolves with the new one once they would survive the death of this
   *  process. Waits where the store cannot write, and goes on when it can.
   *  @throws {StreamError} `fenced` when another epoch owns the stream, `stream-ended` after its end. */
  append(stream: OpenStream, events: readonly NewEvent[]): Promise<Offset>;

  /** Ends the stream, exactly once, with what is to be written alongside in the same transaction. Waits like `append`.
   *  Resolves with the end that won, which may be an earlier one. What the database refuses is logged and does not keep the
   *  stream open: the end is written without its counts, then as `internal`, then without what is refused.
   *  @throws {StreamError} `fenced` when another epoch owns the stream. */
  end(stream: OpenStream, end: NewEnd, extraStatements?: ExtraStatements): Promise<EndEvent>;

  /** Stores that a person wants the stream to end, and tells its producer's node; harmless on an ended one.
   *  @throws {StreamError} `storage`. */
  requestStop(streamId: StreamId): Promise<void>;

  /** Tells what is known of a stream; `undefined` for one that never was, or was forgotten long ago. */
  find(streamId: StreamId): Promise<StreamRecord | undefined>;

  /** Finds the stream of a user's conversation that has not ended. */
  findActive(userId: string, sessionId: string): Promise<StreamId | undefined>;

  /** Lists the streams of a user that have not ended. */
  listActive(userId: string): Promise<readonly StreamId[]>;

  /** Erases streams that a mark in `erasures` hides already: no word of them stays, and only what they cost is kept. Does
   *  one bounded step before each `yield`; what was left undone is done by another call. For ended streams.
   *  @throws {StreamError} `storage`. */
  purge(of: ErasedStreams): AsyncGenerator<void>;

  /** Counts the streams of a user for the limits: those that have not ended, and those created after `since`, up
   *  to `until`. */
  countStarts(userId: string, since: number, until?: number): Promise<Starts>;

  /** Accounts to a stream what was asked of the model besides its reply; also to one that was erased. */
  addUsage(streamId: StreamId, usage: Usage): Promise<void>;

  /** Opens a stream for reading; `wake` is called after more of it has been stored, and after its end.
   *  `undefined` where there is no text to read (unknown or forgotten). */
  open(streamId: StreamId, wake: () => void): Promise<StreamView | undefined>;

  /** Says for how long nobody has been reading, on any node; `undefined` while somebody is. */
  unread(stream: OpenStream): Unread | undefined;

  /** Takes over the streams that a dead producer left open, with the text that was stored, for ending them. Each has a new
   *  epoch, which fences the producer before. Streams whose producer lives, here or elsewhere, are left alone. */
  takeOver(): Promise<readonly (OpenStream & { readonly isStopRequested: boolean })[]>;

  /** Forgets what is old enough, in bounded steps. */
  sweep(ages: Ages): Promise<void>;

  /** Stops waiting for a storage that fails: what waits rejects with an `AbortError`. */
  close(): Promise<void>;
}

/** Injects the store. */
export const STREAM_STORE = Symbol('StreamStore');
