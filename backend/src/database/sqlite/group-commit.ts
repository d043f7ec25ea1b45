// Groups concurrent writes into few commits: immediate for urgent ones and at a low rate, one per `commitMs` at a high rate.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { StreamError } from '@sillage/protocol';
import type { Observer } from '../../observing/observer.ts';
import type { Outage } from '../../observing/outage.ts';
import { Throttle } from '../../platform/throttle.ts';
import type { Batch, Statement, WriteOptions } from '../database.ts';
import { StatementError } from '../statement-error.ts';
import type { StatementCache } from './statement-cache.ts';

/** Maximum duration of a commit, which blocks the event loop. Remaining batches are left to the next commit. */
const longestCommitMs = 15;

interface Pending {
  readonly batch: Batch;
  readonly resolve: (written: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Options of `GroupCommit`. */
interface GroupCommitOptions {
  /** Minimum time between two commits at a high rate. */
  readonly commitMs: number;
  readonly statements: StatementCache;
  /** Notes whether commits fail. */
  readonly outage?: Outage;
  readonly observer?: Observer | undefined;
}

/** Runs batches in order, each one atomically, several per commit. The owner of `connection` closes it. */
export class GroupCommit {
  readonly #connection: DatabaseSync;
  readonly #throttle: Throttle;
  readonly #statements: StatementCache;
  readonly #outage: Outage | undefined;
  readonly #observer: Observer | undefined;
  #pending: Pending[] = [];
  /** Number of commits, for tests. */
  commits = 0;

  constructor(connection: DatabaseSync, { commitMs, statements, outage, observer }: GroupCommitOptions) {
    this.#connection = connection;
    this.#statements = statements;
    this.#outage = outage;
    this.#observer = observer;
    this.#throttle = new Throttle(commitMs, () => this.#commitPending());
  }

  /** Adds a batch to the next commit, which an urgent one brings forward for all. See `Database.write`. */
  write(batch: Batch, options?: WriteOptions): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, resolve, reject });
      this.#throttle.schedule(options);
    });
  }

  /** Commits what is pending at the end of this iteration of the event loop. */
  commitSoon(): void {
    if (this.#pending.length > 0) this.#throttle.schedule({ isUrgent: true });
  }

  /** Commits all pending batches now. */
  flush(): void {
    while (this.#pending.length > 0) this.#throttle.runNow();
  }

  #commitPending(): void {
    const pending = this.#pending;
    this.#pending = [];
    const outcomes = this.#commit(pending);
    this.#pending = [...pending.splice(outcomes.length), ...this.#pending];
    if (this.#pending.length > 0) this.#throttle.schedule();
    for (const [index, { resolve, reject }] of pending.entries()) {
      const outcome = outcomes[index];
      if (typeof outcome === 'boolean') resolve(outcome);
      else reject(outcome);
    }
  }

  /** Commits at least the first pending batch. When the time limit is reached, the rest is left to the next commit,
   *  so that other events are processed in between. */
  #commit(pending: readonly Pending[]): readonly (boolean | Error)[] {
    try {
      const begun = performance.now();
      const isAlone = pending.length === 1;
      const outcomes: (boolean | Error)[] = [];
      const until = begun + longestCommitMs;
      for (const { batch } of pending) {
        outcomes.push(this.#runOne(batch, { isAlone }));
        if (performance.now() > until) break;
      }
      if (this.#connection.isTransaction) this.#connection.exec('commit');
      this.commits++;
      this.#outage?.succeeded();
      this.#observer?.committed?.(performance.now() - begun);
      return outcomes;
    } catch (error) {
      if (this.#connection.isOpen && this.#connection.isTransaction) this.#connection.exec('rollback');
      this.#outage?.failed(error);
      return pending.map(
        () => new StreamError('storage', 'The data folder cannot be written. Is its disk full?', { cause: error }),
      );
    }
  }

  /** Runs a batch in the transaction, which it begins, unless a single statement is all: that commits itself. */
  #runOne(batch: Batch, { isAlone }: { isAlone: boolean }): boolean | Error {
    try {
      const statements = typeof batch === 'function' ? batch() : batch;
      const isAtomic = statements.length === 1 && !statements[0]?.expectRowChange;
      const needsTransaction = !(isAlone && isAtomic) && !this.#connection.isTransaction;
      if (needsTransaction) this.#connection.exec('begin immediate');
      return isAtomic ? this.#runAll(statements) : this.#runWhole(statements);
    } catch (error) {
      if (isOwnFault(error)) return error;
      throw error; // a failure of the database itself fails the whole commit
    }
  }

  #runWhole(statements: readonly Statement[]): boolean {
    this.#connection.exec('savepoint batch');
    try {
      const isWritten = this.#runAll(statements);
      this.#connection.exec(isWritten ? 'release batch' : 'rollback to batch; release batch');
      return isWritten;
    } catch (error) {
      // If the database failed, it has already rolled back the transaction with the savepoint.
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

/** Result codes caused by the batch itself. https://sqlite.org/rescode.html */
const ownFaults = { SQLITE_ERROR: 1, SQLITE_TOOBIG: 18, SQLITE_CONSTRAINT: 19, SQLITE_MISMATCH: 20, SQLITE_RANGE: 25 };

/** Whether only the batch is at fault: a violated constraint, invalid SQL or values, or an exception in its
 *  function. */
function isOwnFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { errcode } = error as { errcode?: number };
  return errcode === undefined || Object.values(ownFaults).includes(errcode & 0xff);
}
