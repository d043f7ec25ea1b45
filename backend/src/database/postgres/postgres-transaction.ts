// One batch as one transaction, in two turns to the server: all of its statements at once, then whether they stay.
import { DatabaseError, type PoolClient, type QueryResult } from 'pg';
import type { Batch, Statement } from '../database.ts';
import { StatementError } from '../statement-error.ts';
import { storable } from './postgres-connections.ts';
import { blame, isCollision, isOwnFault } from './postgres-errors.ts';

/** So often a batch is run that another's was in the way of. */
const mostAttempts = 5;

type Send = (statement: Statement) => Promise<QueryResult>;

/** Runs a batch on a connection of its own; see `Database.write`. A statement that gets no answer within `answerMs` ends it.
 *  @throws {StreamError} `storage`: the connection is of no use any more. */
export async function runBatch(
  client: PoolClient,
  batch: Batch,
  { answerMs }: { answerMs?: number },
): Promise<boolean> {
  const statements = typeof batch === 'function' ? batch() : batch;
  const limit = answerMs === undefined ? {} : { query_timeout: answerMs };
  const send: Send = async (statement) => {
    try {
      return await client.query({ text: statement.sql, values: storable(statement.parameters), ...limit });
    } catch (error) {
      throw isOwnFault(error) ? new StatementError(statement, error) : error;
    }
  };
  for (let attempt = 1; ; attempt++) {
    try {
      const [only] = statements;
      if (only && statements.length === 1) return hasChanged(only, await send(only)); // a transaction by itself
      return await runWhole(send, statements);
    } catch (error) {
      if (!isCollision(error) || attempt === mostAttempts) throw blame(error);
    }
  }
}

/** Sends all statements at once: what follows one that fails fails too, and nothing of it stays. */
async function runWhole(send: Send, statements: readonly Statement[]): Promise<boolean> {
  const [begun, ...outcomes] = await Promise.allSettled([control('begin'), ...statements].map(send));
  if (begun?.status === 'rejected') throw begun.reason;
  let isRefused = false;
  try {
    isRefused = !statements.every((statement, index) => hasChanged(statement, resultOf(outcomes[index])));
  } catch (error) {
    // Only a server that answers is asked to undo it: what a lost connection began is undone with it.
    if (error instanceof DatabaseError || error instanceof StatementError) await send(control('rollback'));
    throw error;
  }
  await send(control(isRefused ? 'rollback' : 'commit'));
  return !isRefused;
}

function control(sql: 'begin' | 'commit' | 'rollback'): Statement {
  return { sql, parameters: [] };
}

function resultOf(outcome: PromiseSettledResult<QueryResult> | undefined): QueryResult | undefined {
  if (outcome?.status === 'rejected') throw outcome.reason;
  return outcome?.value;
}

function hasChanged({ expectRowChange }: Statement, result: QueryResult | undefined): boolean {
  return !expectRowChange || (result?.rowCount ?? 0) > 0;
}
