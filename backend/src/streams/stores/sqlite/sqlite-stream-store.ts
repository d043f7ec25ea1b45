// The store for one process. The text of open streams is in memory and, for recovery, in a journal; that of ended streams is
// in their rows. `SqliteDatabase` locks the folder, so no other process writes.
import { Logger } from '@nestjs/common';
import { type EndEvent, type Offset, type ReplyEnd, StreamError, type StreamId } from '@sillage/protocol';
import type { SqliteDatabase } from '../../../database/sqlite/sqlite-database.ts';
import { type Ending, EndWriter } from '../../end-writer.ts';
import { EndedStreams } from '../../ended-streams.ts';
import type { LiveStream } from '../../live-stream.ts';
import { PartWriter } from '../../part-writer.ts';
import { appendable, endOnce } from '../../producer-checks.ts';
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
import { writeWithRetry } from '../../write-with-retry.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { type Open, OpenStreams } from './open-streams.ts';

/** Options of the embedded store. */
export interface SqliteStreamStoreOptions {
  readonly storageRetryMs: number;
  /** In milliseconds since 1970. */
  readonly now?: () => number;
  /** Length of the journal, in UTF-16 units, after which the oldest open stream is saved to its own rows, so that its journal
   *  rows can be deleted. */
  readonly journalLength?: number;
}

/** Keeps streams in the embedded database. One journal row per commit has the appends of all streams. */
export class SqliteStreamStore implements StreamStore {
  readonly #database: SqliteDatabase;
  readonly #rows: StreamRows;
  readonly #bodies: StreamBodies;
  readonly #directory: StreamDirectory;
  readonly #options: Required<SqliteStreamStoreOptions>;
  readonly #open: OpenStreams;
  readonly #ended: EndedStreams;
  readonly #journal: Journal;
  readonly #closing: AbortController;
  readonly #parts: PartWriter;
  readonly #ends: EndWriter;
  readonly #logger = new Logger(SqliteStreamStore.name);
  /** Only for stores with several nodes. */
  readonly databaseUnreachable = undefined;
  #watcher: StoreWatcher | undefined;

  private constructor(
    database: SqliteDatabase,
    journal: Journal,
    closing: AbortController,
    options: SqliteStreamStoreOptions,
  ) {
    this.#database = database;
    this.#rows = new StreamRows(database.query);
    this.#bodies = new StreamBodies(database.query);
    this.#directory = new StreamDirectory(database);
    this.#ended = new EndedStreams(this.#rows, this.#bodies);
    this.#journal = journal;
    this.#open = new OpenStreams(journal);
    this.#closing = closing;
    this.#options = { now: Date.now, journalLength: 64 * 1024 * 1024, ...options };
    this.#parts = new PartWriter(database, this.#rows, this.#retryOptions);
    this.#ends = new EndWriter(database, this.#rows, { ...this.#retryOptions, now: this.#options.now });
  }

  /** Opens the store. The caller closes `database`, after the store. */
  static async open(database: SqliteDatabase, options: SqliteStreamStoreOptions): Promise<SqliteStreamStore> {
    const closing = new AbortController();
    const journal = await Journal.open(database, { retryMs: options.storageRetryMs, signal: closing.signal });
    return new SqliteStreamStore(database, journal, closing, options);
  }

  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
  }

  async create(stream: NewStream): Promise<Created> {
    const created = await this.#directory.create(stream, { at: this.#options.now() });
    if (created.isNew) this.#open.add(created.stream);
    return created;
  }

  /** Not an async function: a promise a token is enough. */
  append(stream: OpenStream, events: readonly NewEvent[]): Promise<Offset> {
    try {
      const { live } = appendable(this.#open.get(stream.streamId), stream);
      return this.#append(stream.streamId, live, events);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async end(
    stream: OpenStream,
    end: ReplyEnd,
    extraStatements: ExtraStatements = () => [],
    measureUsage?: MeasureUsage,
  ): Promise<Ended> {
    const open = this.#open.get(stream.streamId);
    if (open === undefined) return { end: await this.#storedEnd(stream.streamId), isOwn: false };
    return endOnce(open, stream, () => this.#end(open, { end, extraStatements, measureUsage }));
  }

  async requestStop(streamId: StreamId): Promise<void> {
    await this.#database.write([this.#rows.requestStop(streamId, this.#options.now())], { isUrgent: true });
    if (this.#open.has(streamId)) this.#watcher?.endWanted(streamId);
  }

  find(streamId: StreamId): Promise<StreamRecord | undefined> {
    return this.#rows.find(streamId);
  }

  async open(streamId: StreamId, notify: () => void): Promise<StreamView | undefined> {
    const open = this.#open.get(streamId);
    if (open !== undefined) return this.#ended.view(streamId, open.live, notify);
    return this.#ended.openKept(streamId, notify) ?? this.#ended.open(streamId, notify);
  }

  unread({ streamId }: OpenStream): Unread | undefined {
    return this.#open.get(streamId)?.live.unread;
  }

  async takeOver(): Promise<readonly OrphanedStream[]> {
    const found = (await this.#rows.findOpen())
      .filter(({ streamId }) => !this.#open.has(streamId))
      .map((stream) => ({ ...stream, epoch: stream.epoch + 1 }));
    await writeWithRetry(
      this.#database,
      found.map((stream) => this.#rows.raiseEpoch(stream)),
      this.#retryOptions,
    );
    const lives = new Map(found.map((stream) => [stream.streamId, this.#open.add(stream, { firstJournalId: 0 }).live]));
    for (const [streamId, live] of lives) {
      for (const [type, text] of (await this.#bodies.find(streamId)) ?? []) live.append({ type, text });
    }
    for (const { streamId, start, type, text } of this.#journal.replay()) {
      const live = lives.get(streamId);
      // The saved text may include the beginning of an entry, or all of it.
      if (live !== undefined && start <= live.appended) live.append({ type, text: text.slice(live.appended - start) });
    }
    for (const live of lives.values()) live.markStored(live.appended);
    this.#journal.deleteUnneeded(() => this.#open.firstNeededId());
    return found;
  }

  dropErased(): AsyncGenerator<void> {
    return this.#journal.dropErased();
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  get #retryOptions() {
    return { retryMs: this.#options.storageRetryMs, signal: this.#closing.signal };
  }

  #append(streamId: StreamId, live: LiveStream, events: readonly NewEvent[]): Promise<Offset> {
    const isUrgent = live.appended === 0; // the first words
    const entries: JournalEntry[] = [];
    for (const { type, text } of events) {
      if (text === '') continue;
      entries.push({ streamId, start: live.appended, type, text });
      live.append({ type, text });
    }
    const offset = live.appended;
    if (entries.length === 0) return Promise.resolve(offset);
    const markStored = () => {
      live.markStored(offset);
      this.#saveOldest();
      return offset;
    };
    return this.#journal.add(entries, markStored, { isUrgent });
  }

  /** Saves the oldest open stream to its own rows when the journal since its first row is longer than `journalLength`, so
   *  that the journal stays short however long a reply takes. */
  #saveOldest(): void {
    const oldest = this.#open.takeOldest(this.#options.journalLength);
    if (oldest === undefined) return;
    const { streamId, live } = oldest;
    const firstJournalId = this.#journal.nextId;
    const save = async () => {
      const written = await this.#parts.write(oldest, live);
      if (written === undefined) return;
      await this.#database.write(() => [
        this.#rows.claim(oldest),
        this.#bodies.save(streamId, written),
        this.#journal.deleteSomeBefore(Math.min(firstJournalId, this.#open.firstNeededId({ except: streamId }))),
      ]);
      oldest.firstJournalId = firstJournalId;
      this.#journal.deleteUnneeded(() => this.#open.firstNeededId());
    };
    // After a failure the journal rows are kept, and the stream is saved when its turn comes again.
    oldest.saving = save().catch((error: unknown) =>
      this.#logger.warn(`Could not save the open stream ${streamId}; its text stays in the journal: ${error}`),
    );
  }

  async #end(open: Open, ending: Omit<Ending, 'stream'>): Promise<Ended> {
    const { streamId, live } = open;
    await open.saving; // the save writes the same parts
    const { event, isWritten } = await this.#ends.write({
      stream: open,
      ...ending,
      ownStatements: () => [this.#journal.deleteSomeBefore(this.#open.firstNeededId({ except: streamId }))],
    });
    // Without a row the stream cannot be opened again; its current readers still see this end.
    const end = isWritten ? event : ((await this.#rows.findEnd(streamId)) ?? event);
    this.#open.delete(streamId);
    this.#journal.deleteUnneeded(() => this.#open.firstNeededId());
    this.#ended.keep(streamId, live);
    live.markEnded(end);
    return { end, isOwn: true };
  }

  async #storedEnd(streamId: StreamId): Promise<EndEvent> {
    const end = await this.#rows.findEnd(streamId);
    if (end === undefined) throw new StreamError('not-found', `There is no stream ${streamId}.`);
    return end;
  }
}
