import { type Kysely, sql } from 'kysely';
import { expectRowChange, type Statement } from '../../../database/database.ts';
import type { Schema } from '../../../database/schema.ts';
import type { Scopes } from '../../../database/scopes.ts';
import { scopesOf } from '../../stream-rows.ts';
import type { OpenStream } from '../../stream-store.ts';

/** Is a stream that has not ended, and whose it was to end. */
export interface Orphan extends OpenStream {
  readonly sessionId: string | undefined;
  readonly scopes: Scopes;
  readonly isStopRequested: boolean;
}

/** Reads and writes which node has which stream. */
export class NodeStreams {
  readonly #query: Kysely<Schema>;

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Finds the streams of nodes that have not ended. */
  async findOpen(nodeIds: readonly string[]): Promise<Orphan[]> {
    if (nodeIds.length === 0) return [];
    const rows = await this.#query
      .selectFrom('streams')
      .select(['stream_id', 'user_id', 'session_id', 'scopes', 'epoch', 'stop_requested_at'])
      .where('node_id', 'in', nodeIds)
      .where('ended_at', 'is', null)
      .orderBy('stream_id')
      .execute();
    return rows.map((row) => ({
      streamId: row.stream_id,
      userId: row.user_id,
      sessionId: row.session_id ?? undefined,
      scopes: scopesOf(row),
      epoch: row.epoch,
      isStopRequested: row.stop_requested_at !== null,
    }));
  }

  /** Builds the change of producer: refused where another has been quicker, or the stream has ended. */
  takeOver({ streamId, epoch }: OpenStream, nodeId: string): Statement {
    const update = this.#query
      .updateTable('streams')
      .set({ epoch: epoch + 1, node_id: nodeId })
      .where('stream_id', '=', streamId)
      .where('epoch', '=', epoch)
      .where('ended_at', 'is', null);
    return expectRowChange(update.compile());
  }

  /** Builds the naming of nodes that have open streams and no row of their own, as dead ones: a node that was forgotten
   *  while it stood still, started one stream more, and died before its next beat. */
  nameStrays(): Statement {
    return sql`insert into nodes (node_id, beat_at)
      select distinct node_id, cast(0 as bigint) from streams
        where ended_at is null and node_id is not null and node_id not in (select node_id from nodes)
      on conflict (node_id) do nothing`.compile(this.#query);
  }
}
