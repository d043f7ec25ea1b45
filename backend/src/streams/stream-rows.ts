// Queries and statements on the row of one stream, for the stores: the same on every database. `StreamDirectory` inserts it.
import type { EndEvent, FinishReason, StreamId } from '@sillage/protocol';
import type { Kysely, Selectable } from 'kysely';
import { expectRowChange, type Statement } from '../database/database.ts';
import { type EndColumns, endColumns, endIn } from '../database/end-columns.ts';
import { isStreamErased } from '../database/erasures.ts';
import { prepared } from '../database/prepared.ts';
import type { Schema, StreamsTable } from '../database/schema.ts';
import type { Scopes } from '../database/scopes.ts';
import type { OpenStream, OrphanedStream, StreamRecord } from './stream-store.ts';

/** Queries and statements on the rows of streams. Methods that write return statements for `Database.write`. */
export class StreamRows {
  readonly #query: Kysely<Schema>;
  readonly #end = prepared<EndValues>(({ streamId, epoch, ...columns }) =>
    this.#query
      .updateTable('streams')
      .set(columns)
      .where('stream_id', '=', streamId)
      .where('ended_at', 'is', null)
      .where('epoch', '=', epoch)
      .compile(),
  );
  readonly #find = prepared(({ streamId }: { streamId: StreamId }) =>
    this.#query
      .selectFrom('streams')
      .selectAll()
      .where('stream_id', '=', streamId)
      .where(({ not }) => not(isStreamErased))
      .compile(),
  );

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Statement that ends a stream. It fails the batch when the stream has ended already or has another epoch. */
  end({ streamId, epoch }: OpenStream, event: EndEvent, { at }: { at: number }): Statement {
    const update = this.#end({
      streamId,
      epoch,
      ended_at: at,
      end_offset: event.offset,
      ...endColumns(event),
      trimmed_turns: event.trimmedTurns ?? null,
    });
    return expectRowChange(update);
  }

  /** Statement that locks the row and fails the batch when the stream has ended or has another epoch. */
  claim({ streamId, epoch }: OpenStream): Statement {
    const update = this.#query
      .updateTable('streams')
      .set({ epoch })
      .where('stream_id', '=', streamId)
      .where('ended_at', 'is', null)
      .where('epoch', '=', epoch)
      .compile();
    return expectRowChange(update);
  }

  /** Statement that stores a requested stop; has no effect after the end. */
  requestStop(streamId: StreamId, at: number): Statement {
    return this.#query
      .updateTable('streams')
      .set({ stop_requested_at: at })
      .where('stream_id', '=', streamId)
      .where('ended_at', 'is', null)
      .compile();
  }

  /** Finds a stream that is not erased. */
  async find(streamId: StreamId): Promise<StreamRecord | undefined> {
    const { rows } = await this.#query.executeQuery(this.#find({ streamId }));
    return rows[0] && recordOf(rows[0]);
  }

  /** Finds the end of a stream, also of an erased one. */
  async findEnd(streamId: StreamId): Promise<EndEvent | undefined> {
    return (await this.findRow(streamId))?.end;
  }

  /** Finds a stream's row, also of an erased one, with its epoch and end; `undefined` when there is no row. */
  async findRow(
    streamId: StreamId,
  ): Promise<{ readonly epoch: number; readonly end: EndEvent | undefined } | undefined> {
    const row = await this.#query
      .selectFrom('streams')
      .selectAll()
      .where('stream_id', '=', streamId)
      .executeTakeFirst();
    return row && { epoch: row.epoch, end: endEventOf(row) };
  }

  /** Finds all open streams, of every node. */
  async findOpen(): Promise<OrphanedStream[]> {
    const found = await this.#query
      .selectFrom('streams')
      .select(orphanColumns)
      .where('ended_at', 'is', null)
      .orderBy('stream_id')
      .execute();
    return found.map(orphanOf);
  }

  /** Statement that sets a stream's epoch; a producer with a lower one can no longer end it. */
  raiseEpoch({ streamId, epoch }: OpenStream): Statement {
    return this.#query.updateTable('streams').set({ epoch }).where('stream_id', '=', streamId).compile();
  }
}

/** The columns of an end, and the stream that ends. */
interface EndValues extends Pick<OpenStream, 'streamId' | 'epoch'>, EndColumns {
  readonly ended_at: number;
  readonly end_offset: number;
  readonly trimmed_turns: number | null;
}

/** The columns of an orphaned stream. */
export const orphanColumns = [
  'stream_id',
  'user_id',
  'epoch',
  'stop_requested_at',
  'model',
  'request_tokens',
] as const satisfies readonly (keyof StreamsTable)[];

/** The orphaned stream that a row has, with its stored epoch. */
export function orphanOf(row: Pick<Selectable<StreamsTable>, (typeof orphanColumns)[number]>): OrphanedStream {
  return {
    streamId: row.stream_id,
    userId: row.user_id,
    epoch: row.epoch,
    isStopRequested: row.stop_requested_at !== null,
    model: row.model ?? undefined,
    requestTokens: Number(row.request_tokens ?? 0),
  };
}

/** Parses the scopes of a row. */
export function scopesOf({ scopes }: Pick<Selectable<StreamsTable>, 'scopes'>): Scopes {
  return JSON.parse(scopes ?? '{}') as Scopes;
}

function recordOf(row: Selectable<StreamsTable>): StreamRecord {
  return {
    streamId: row.stream_id,
    userId: row.user_id,
    sessionId: row.session_id ?? undefined,
    scopes: scopesOf(row),
    isStopRequested: row.stop_requested_at !== null,
    isForgotten: row.forgotten_at !== null,
    end: endEventOf(row),
    endedAt: row.ended_at === null ? undefined : Number(row.ended_at),
  };
}

/** The end that a row has; `undefined` while the stream is open. */
export function endEventOf(row: Selectable<StreamsTable>): EndEvent | undefined {
  if (row.ended_at === null || row.end_offset === null) return undefined;
  return {
    type: 'end',
    offset: Number(row.end_offset),
    finishReason: row.finish_reason as FinishReason,
    ...endIn(row),
    ...(row.trimmed_turns !== null && { trimmedTurns: row.trimmed_turns }),
  };
}
