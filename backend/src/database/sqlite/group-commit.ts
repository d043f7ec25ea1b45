// Joins the writes of many into few commits: at once when they are rare, one every `commitMs` when they are not.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { StreamError } from '@sillage/protocol';
import type { Batch, Statement } from '../database.ts';
import type { StatementCache } from '../statement-cache.ts';
import { StatementError } from '../statement-error.ts';
import { Throttle } from './throttle.ts';

/** Once a commit has taken so long, what is still pending waits for the next one: it holds the event loop. */
const longestCommitMs = 15;

interface Pending {
  readonly batch: Batch;
  readonly resolve: (written: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs batches in the order they came in, each whole or not at all, many to a commit. Owns no file: `connection` does. */
export class GroupCommit {
  readonly #connection: DatabaseSync;
  readonly #pace: Throttle;
  readonly #statements: StatementCache;
  #pending: Pending[] = [];
  /** Counts commits, for the tests that bound them. */
  commits = 0;

  constructor(connection: DatabaseSync, { commitMs, statements }: { commitMs: number; statements: StatementCache }) {
    this.#connection = connection;
    this.#statements = statements;
    this.#pace = new Throttle(commitMs, () => this.#commitPending());
  }

  /** Adds a batch to the next commit. See `Database.write`. */
  write(batch: Batch): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, resolve, reject });
      this.#pace.ask();
    });
  }

  /** Commits what is pending now. */
  flush(): void {
    while (this.#pending.length > 0) this.#pace.runNow();
  }

  #commitPending(): void {
    const pending = this.#pending;
    this.#pending = [];
    const outcomes = this.#commit(pending);
    this.#pending = [...pending.splice(outcomes.length), ...this.#pending];
    if (this.#pending.length > 0) this.#pace.ask();
    for (const [index, { resolve, reject }] of pending.entries()) {
      const outcome = outcomes[index];
      if (typeof outcome === 'boolean') resolve(outcome);
      else reject(outcome);
    }
  }

  /** Commits pending batches, the first at least; the rest waits where they take long, so that others get their turn. */
  #commit(pending: readonly Pending[]): readonly (boolean | Error)[] {
    try {
      this.#connection.exec('begin immediate');
      const outcomes: (boolean | Error)[] = [];
      const until = performance.now() + longestCommitMs;
      for (const { batch } of pending) {
        outcomes.push(this.#runOne(batch));
        if (performance.now() > until) break;
      }
      this.#connection.exec('commit');
      this.commits++;
      return outcomes;
    } catch (error) {
      if (this.#connection.isOpen && this.#connection.isTransaction) this.#connection.exec('rollback');
      return pending.map(
        () => new StreamError('storage', 'The data folder cannot be written. Is its disk full?', { cause: error }),
      );
    }
  }

  #runOne(batch: Batch): boolean | Error {
    try {
      const statements = typeof batch === 'function' ? batch() : batch;
      const isAtomic = statements.length === 1 && !statements[0]?.expectRowChange;
      return isAtomic ? this.#runAll(statements) : this.#runWhole(statements);
    } catch (error) {
      if (isOwnFault(error)) return error;
      throw error; // the database itself fails: so does the whole commit
    }
  }

  #runWhole(statements: readonly Statement[]): boolean {
    this.#connection.exec('savepoint batch');
    try {
      const isWritten = this.#runAll(statements);
      this.#connection.exec(isWritten ? 'release batch' : 'rollback to batch; release batch');
      return isWritten;
    } catch (error) {
      // A database that fails has undone the transaction, and with it the savepoint.
      if (isOwnFault(error)) this.#connection.exec('rollback to batch; release batch');
      throw error;
    }
  }

  #runAll(statements: readonly Statement[]): boolean {
    for (const statement of statements) {
      if (this.#run(statement) === 0 && statement.expectRowChange) return false;
    }
    return true;
  }

  #run(statement: Statement): number {
    try {
      const { changes } = this.#statements.get(statement.sql).run(...(statement.parameters as SQLInputValue[]));
      return Number(changes);
    } catch (error) {
      throw isOwnFault(error) ? new StatementError(statement, error) : error;
    }
  }
}

/** See https://sqlite.org/rescode.html */
const ownFaults = { SQLITE_ERROR: 1, SQLITE_TOOBIG: 18, SQLITE_CONSTRAINT: 19, SQLITE_MISMATCH: 20, SQLITE_RANGE: 25 };

/** Says whether a batch alone is to blame: a broken constraint, SQL or values that cannot be, a bug in its function. */
function isOwnFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { errcode } = error as { errcode?: number };
  return errcode === undefined || Object.values(ownFaults).includes(errcode & 0xff);
}
