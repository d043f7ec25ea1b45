// Runs one batch as one transaction in two round trips: all statements at once, then commit or rollback.
import { DatabaseError, type PoolClient, type QueryResult } from 'pg';
import type { Batch, Statement } from '../database.ts';
import { StatementError } from '../statement-error.ts';
import { storable } from './postgres-connections.ts';
import { classifyError, isConflict, isStatementFault } from './postgres-errors.ts';

/** Maximum attempts for a batch that conflicts with concurrent transactions. */
const maxAttempts = 5;

type Send = (statement: Statement) => Promise<QueryResult>;

/** Runs a batch on a connection that nothing else uses; see `Database.write`. Fails when a statement has no result within
 *  `queryTimeoutMs`.
 *  @throws {StreamError} `storage`: the caller must close the connection. */
export async function runBatch(
  client: PoolClient,
  batch: Batch,
  { queryTimeoutMs }: { queryTimeoutMs?: number },
): Promise<boolean> {
  const statements = typeof batch === 'function' ? batch() : batch;
  const limit = queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs };
  const send: Send = async (statement) => {
    try {
      return await client.query({ text: statement.sql, values: storable(statement.parameters), ...limit });
    } catch (error) {
      throw isStatementFault(error) ? new StatementError(statement, error) : error;
    }
  };
  for (let attempt = 1; ; attempt++) {
    try {
      const [only] = statements;
      if (only && statements.length === 1) return hasChanged(only, await send(only)); // a single statement is a transaction
      return await runWhole(send, statements);
    } catch (error) {
      if (!isConflict(error) || attempt === maxAttempts) throw classifyError(error);
    }
  }
}

/** Sends all statements at once. After a failed statement the following ones fail too, and all are rolled back. */
async function runWhole(send: Send, statements: readonly Statement[]): Promise<boolean> {
  const [begun, ...outcomes] = await Promise.allSettled([control('begin'), ...statements].map(send));
  if (begun?.status === 'rejected') throw begun.reason;
  let isRefused = false;
  try {
    isRefused = !statements.every((statement, index) => hasChanged(statement, resultOf(outcomes[index])));
  } catch (error) {
    // Rolls back only if the connection works: the server rolls back the transaction of a lost connection itself.
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
