// The text of open streams on disk: one unindexed row a commit for all streams together, folded again after a crash.
import type { Offset, StreamId } from '@sillage/protocol';
import { rowsPerStep, stepOf } from '../../../database/bounded-rows.ts';
import type { Statement } from '../../../database/database.ts';
import type { SqliteDatabase } from '../../../database/sqlite/sqlite-database.ts';
import type { NewEvent } from '../../stream-store.ts';
import { writeWithRetry } from '../../write-with-retry.ts';

/** Is what one append added: whose, where it begins, what. */
export interface JournalEntry {
  readonly streamId: StreamId;
  readonly start: Offset;
  readonly type: NewEvent['type'];
  readonly text: string;
}

/** Writes entries, one commit at a time, in order, and again when the storage fails: an entry is never overtaken. */
export class Journal {
  readonly #database: SqliteDatabase;
  readonly #waitFor: WaitFor;
  #entries: JournalEntry[] = [];
  #waiting: Waiting[] = [];
  #isWriting = false;
  #nextId: number;
  /** The length of all that was written by this process, in UTF-16 units. */
  written = 0;

  private constructor(database: SqliteDatabase, waitFor: WaitFor) {
    this.#database = database;
    this.#waitFor = waitFor;
    const [last] = database.all('select coalesce(max(journal_id), 0) as id from journal');
    this.#nextId = Number(last?.id) + 1;
  }

  /** Opens the journal, which makes its own table: no other store has one. */
  static async open(database: SqliteDatabase, waitFor: WaitFor): Promise<Journal> {
    const sql = 'create table if not exists journal (journal_id integer primary key, body text not null)';
    await database.write([{ sql, parameters: [] }]);
    return new Journal(database, waitFor);
  }

  /** The row that the next entry comes into, or a later one. */
  get nextId(): number {
    return this.#nextId;
  }

  /** Resolves once all entries so far would survive the death of this process; rejects when the waiting is ended. */
  add(entries: readonly JournalEntry[]): Promise<void> {
    this.#entries.push(...entries);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isWriting) void this.#write();
    });
  }

  /** Yields every entry that is stored, in order. */
  *replay(): Generator<JournalEntry> {
    for (const { body } of this.#database.all('select body from journal order by journal_id')) {
      const entries = JSON.parse(String(body)) as [StreamId, Offset, NewEvent['type'], string][];
      for (const [streamId, start, type, text] of entries) yield { streamId, start, type, text };
    }
  }

  /** Builds the dropping of the rows that no open stream needs. */
  deleteBefore(journalId: number): Statement {
    return { sql: 'delete from journal where journal_id < ?', parameters: [journalId] };
  }

  /** Drops the text of erased streams from rows that other streams still need; one bounded step before each `yield`. */
  async *dropErased(): AsyncGenerator<void> {
    const erased = `exists (select 1 from streams where stream_id = entry.value ->> 0 and erased_at is not null)`;
    const sql = `update journal set body =
        (select json_group_array(json(entry.value)) from json_each(body) entry where not ${erased})
      where journal_id between ? and ? and exists (select 1 from json_each(body) entry where ${erased})`;
    const end = this.nextId; // what comes later holds no erased stream
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
    // Asked at the moment of the commit, so that it takes all there is; what a failed commit took is taken again.
    const takeAll = () => {
      entries.push(...this.#entries.splice(0));
      waiting.push(...this.#waiting.splice(0));
      return entries.length > 0 ? [this.#insert(entries)] : [];
    };
    try {
      await writeWithRetry(this.#database, takeAll, this.#waitFor);
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  #insert(entries: readonly JournalEntry[]): Statement {
    const body = JSON.stringify(entries.map(({ streamId, start, type, text }) => [streamId, start, type, text]));
    this.written += body.length;
    return { sql: 'insert into journal (journal_id, body) values (?, ?)', parameters: [this.#nextId++, body] };
  }
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface WaitFor {
  readonly retryMs: number;
  readonly signal: AbortSignal;
}
