// Which node produces which stream: the `node_id` of open streams, and how it changes when a node takes over.
import type { Kysely } from 'kysely';
import { expectRowChange, type Statement } from '../../../database/database.ts';
import type { Schema } from '../../../database/schema.ts';
import type { Scopes } from '../../../database/scopes.ts';
import { orphanColumns, orphanOf, scopesOf } from '../../stream-rows.ts';
import type { OpenStream, OrphanedStream } from '../../stream-store.ts';

/** An open stream whose producer is dead or unknown, with what the new producer needs. */
export interface Orphan extends OrphanedStream {
  readonly sessionId: string | undefined;
  readonly scopes: Scopes;
}

/** Queries and statements on the node of open streams. */
export class NodeStreams {
  readonly #query: Kysely<Schema>;

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Finds the open streams of these nodes. */
  async findOpen(nodeIds: readonly string[]): Promise<Orphan[]> {
    if (nodeIds.length === 0) return [];
    const rows = await this.#query
      .selectFrom('streams')
      .select([...orphanColumns, 'session_id', 'scopes'])
      .where('node_id', 'in', nodeIds)
      .where('ended_at', 'is', null)
      .orderBy('stream_id')
      .execute();
    return rows.map((row) => ({ ...orphanOf(row), sessionId: row.session_id ?? undefined, scopes: scopesOf(row) }));
  }

  /** Statement that makes a node the producer, with the next epoch. Fails the batch when the stream has ended or another
   *  node has taken it over first. */
  takeOver({ streamId, epoch }: OpenStream, nodeId: string): Statement {
    const update = this.#query
      .updateTable('streams')
      .set({ epoch: epoch + 1, node_id: nodeId })
      .where('stream_id', '=', streamId)
      .where('epoch', '=', epoch)
      .where('ended_at', 'is', null);
    return expectRowChange(update.compile());
  }
}
