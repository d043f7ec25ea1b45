// The text of open streams on disk: one row per commit with the appends of all streams, replayed after a crash.
import { Logger } from '@nestjs/common';
import type { Offset, StreamId } from '@sillage/protocol';
import { rowsPerStep, stepOf } from '../../../database/bounded-rows.ts';
import type { Statement, WriteOptions } from '../../../database/database.ts';
import { createJournal } from '../../../database/sqlite/journal-table.ts';
import type { SqliteDatabase } from '../../../database/sqlite/sqlite-database.ts';
import type { NewEvent } from '../../stream-store.ts';
import { writeWithRetry } from '../../write-with-retry.ts';

/** An appended text, and the offset where it begins. */
export interface JournalEntry {
  readonly streamId: StreamId;
  readonly start: Offset;
  readonly type: NewEvent['type'];
  readonly text: string;
}

/** Writes entries in order, one commit at a time. Retries a failed commit before the next one. */
export class Journal {
  readonly #database: SqliteDatabase;
  readonly #retry: RetryOptions;
  #entries: JournalEntry[] = [];
  #waiting: Waiting[] = [];
  #isWriting = false;
  /** Whether an entry of the next write is urgent. */
  #isUrgent = false;
  #deleting: Promise<void> | undefined;
  readonly #logger = new Logger(Journal.name);
  #nextId: number;
  /** Total length that this process has written, in UTF-16 units. */
  written = 0;

  private constructor(database: SqliteDatabase, retry: RetryOptions) {
    this.#database = database;
    this.#retry = retry;
    const [last] = database.all('select coalesce(max(journal_id), 0) as id from journal');
    this.#nextId = Number(last?.id) + 1;
  }

  /** Opens the journal, and creates its table if it does not exist. */
  static async open(database: SqliteDatabase, retry: RetryOptions): Promise<Journal> {
    await createJournal(database);
    return new Journal(database, retry);
  }

  /** The lowest id that the row of a later entry can have. */
  get nextId(): number {
    return this.#nextId;
  }

  /** Adds entries; once they would survive a crash of this process, calls `onStored` and resolves with what it returns. Rejects
   *  when the retries are aborted. */
  add<Result>(
    entries: readonly JournalEntry[],
    onStored: () => Result,
    { isUrgent = false }: WriteOptions = {},
  ): Promise<Result> {
    this.#entries.push(...entries);
    if (isUrgent) {
      this.#isUrgent = true;
      this.#database.groupCommit.commitSoon();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ stored: () => resolve(onStored()), reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Yields all stored entries, in order. */
  *replay(): Generator<JournalEntry> {
    for (const { body } of this.#database.all('select body from journal order by journal_id')) {
      const entries = JSON.parse(String(body)) as [StreamId, Offset, NewEvent['type'], string][];
      for (const [streamId, start, type, text] of entries) yield { streamId, start, type, text };
    }
  }

  /** Statement that deletes the oldest rows before `journalId`: a bounded number, because SQLite overwrites what it frees. */
  deleteSomeBefore(journalId: number): Statement {
    const rows = this.#database.all(
      'select journal_id, octet_length(body) as bytes from journal where journal_id < ? order by journal_id limit ?',
      journalId,
      rowsPerStep,
    );
    const last = stepOf(rows as { journal_id: number; bytes: number }[]).at(-1);
    return { sql: 'delete from journal where journal_id <= ?', parameters: [last?.journal_id ?? 0] };
  }

  /** Deletes, in small transactions, all rows before the one that `firstNeeded` returns. After an interruption, the next
   *  call deletes the rest. */
  deleteUnneeded(firstNeeded: () => number): void {
    this.#deleting ??= this.#deleteUnneeded(firstNeeded).finally(() => {
      this.#deleting = undefined;
    });
  }

  async #deleteUnneeded(firstNeeded: () => number): Promise<void> {
    const { signal } = this.#retry;
    try {
      while (!signal.aborted && this.#hasRowBefore(firstNeeded())) {
        await writeWithRetry(this.#database, () => [this.deleteSomeBefore(firstNeeded())], this.#retry);
      }
    } catch (error) {
      if (!signal.aborted) this.#logger.warn(`Could not delete journal rows that no stream needs: ${error}`);
    }
  }

  #hasRowBefore(journalId: number): boolean {
    return this.#database.all('select 1 from journal where journal_id < ? limit 1', journalId).length > 0;
  }

  /** Removes the text of erased streams from the rows that open streams still need; one bounded step before each `yield`. */
  async *dropErased(): AsyncGenerator<void> {
    const erased = `exists (select 1 from streams where stream_id = entry.value ->> 0 and erased_at is not null)`;
    const sql = `update journal set body =
        (select json_group_array(json(entry.value)) from json_each(body) entry where not ${erased})
      where journal_id between ? and ? and exists (select 1 from json_each(body) entry where ${erased})`;
    const end = this.nextId; // later rows have no text of erased streams
    for (let after = 0; ; ) {
      const rows = this.#database.all(
        `select journal_id, octet_length(body) as bytes from journal where journal_id > ? and journal_id < ?
          order by journal_id limit ?`,
        after,
        end,
        rowsPerStep,
      );
      const ids = stepOf(rows as { journal_id: number; bytes: number }[]).map((row) => row.journal_id);
      const [first, last] = [ids[0], ids.at(-1)];
      if (first === undefined || last === undefined) return;
      await this.#database.write([{ sql, parameters: [first, last] }]);
      after = last;
      yield;
    }
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#writeOnce();
    this.#isWriting = false;
  }

  async #writeOnce(): Promise<void> {
    const entries: JournalEntry[] = [];
    const waiting: Waiting[] = [];
    // Called at the moment of the commit, so that it takes all pending entries. After a failed commit it is called again and
    // adds to the entries that it took before.
    const takeAll = () => {
      this.#isUrgent = false;
      entries.push(...this.#entries.splice(0));
      waiting.push(...this.#waiting.splice(0));
      return entries.length > 0 ? [this.#insert(entries)] : [];
    };
    try {
      await writeWithRetry(this.#database, takeAll, { ...this.#retry, isUrgent: this.#isUrgent });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const { stored, reject } of waiting) {
      try {
        stored();
      } catch (error) {
        reject(error);
      }
    }
  }

  #insert(entries: readonly JournalEntry[]): Statement {
    const body = JSON.stringify(entries.map(({ streamId, start, type, text }) => [streamId, start, type, text]));
    this.written += body.length;
    return { sql: 'insert into journal (journal_id, body) values (?, ?)', parameters: [this.#nextId++, body] };
  }
}

interface Waiting {
  readonly stored: () => void;
  readonly reject: (error: unknown) => void;
}

interface RetryOptions {
  readonly retryMs: number;
  readonly signal: AbortSignal;
}
