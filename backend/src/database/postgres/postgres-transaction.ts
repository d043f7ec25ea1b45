// One batch as one transaction, in two turns to the server: all of its statements at once, then whether they stay.
import { DatabaseError, type PoolClient, type QueryResult } from 'pg';
import type { Batch, Statement } from '../database.ts';
import { storable } from './postgres-connections.ts';
import { blame, isCollision } from './postgres-errors.ts';

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
  const send: Send = ({ sql, parameters }) => client.query({ text: sql, values: storable(parameters), ...limit });
  for (let attempt = 1; ; attempt++) {
    try {
      const [only] = statements;
      if (only && statements.length === 1) return hasChanged(only, await send(only)); // a transaction by itself
      return await runWhole(send, statements, { begin: beginning(answerMs) });
    } catch (error) {
      if (!isCollision(error) || attempt === mostAttempts) throw blame(error);
    }
  }
}

/** Begins so that the server gives up what a node cut off from it has begun: its locks would be in everybody's way. */
function beginning(answerMs: number | undefined): Statement {
  const limit =
    answerMs === undefined ? '' : `; set local idle_in_transaction_session_timeout = ${Math.ceil(answerMs / 2)}`;
  return { sql: `begin${limit}`, parameters: [] };
}

/** Sends all statements at once: what follows one that fails fails too, and nothing of it stays. */
async function runWhole(
  send: Send,
  statements: readonly Statement[],
  { begin }: { begin: Statement },
): Promise<boolean> {
  const [begun, ...outcomes] = await Promise.allSettled([begin, ...statements].map(send));
  if (begun?.status === 'rejected') throw begun.reason;
  let isRefused = false;
  try {
    isRefused = !statements.every((statement, index) => hasChanged(statement, resultOf(outcomes[index])));
  } catch (error) {
    // Only a server that answers is asked to undo it: what a lost connection began is undone with it.
    if (error instanceof DatabaseError) await send({ sql: 'rollback', parameters: [] });
    throw error;
  }
  await send({ sql: isRefused ? 'rollback' : 'commit', parameters: [] });
  return !isRefused;
}

function resultOf(outcome: PromiseSettledResult<QueryResult> | undefined): QueryResult | undefined {
  if (outcome?.status === 'rejected') throw outcome.reason;
  return outcome?.value;
}

function hasChanged({ expectRowChange }: Statement, result: QueryResult | undefined): boolean {
  return !expectRowChange || (result?.rowCount ?? 0) > 0;
}
