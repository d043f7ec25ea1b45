// Queries and statements on the rows of streams, without their texts: the same on every database, shared by the stores.
import type { EndEvent, FailureCode, FinishReason, StreamId, Usage } from '@sillage/protocol';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { expectRowChange, type Statement } from '../database/database.ts';
import { isStreamErased, timeBehindErasures } from '../database/erasures.ts';
import type { Schema, StreamsTable } from '../database/schema.ts';
import type { Scopes } from '../database/scopes.ts';
import { erasedKey } from './erased-key.ts';
import type { NewStream, OpenStream, Starts, StreamRecord } from './stream-store.ts';

/** Queries and statements on the rows of streams. Methods that write return statements for `Database.write`. */
export class StreamRows {
  readonly #query: Kysely<Schema>;

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Statements that insert a stream and its idempotency key. They fail the batch when the user already has the key. */
  insert(
    { streamId, userId, sessionId, scopes = {}, idempotency }: NewStream,
    { epoch, at, nodeId }: { epoch: number; at: number; nodeId?: string },
  ): Statement[] {
    const of = { stream_id: streamId, user_id: userId, session_id: sessionId ?? null };
    const row = {
      ...of,
      epoch,
      created_at: timeBehindErasures({ userId, sessionId }, at),
      ...(nodeId !== undefined && { node_id: nodeId }),
      ...(Object.keys(scopes).length > 0 && { scopes: JSON.stringify(scopes) }),
    };
    const insertRow = this.#query
      .insertInto('streams')
      .values(row as unknown as Insertable<StreamsTable>)
      .compile();
    if (idempotency === undefined) return [insertRow];
    const { key, requestHash } = idempotency;
    const insertKey = this.#query
      .insertInto('idempotency_keys')
      .values({ user_id: userId, key, request_hash: requestHash, stream_id: streamId, created_at: at })
      .onConflict((conflict) => conflict.doNothing())
      .compile();
    return [expectRowChange(insertKey), insertRow];
  }

  /** See `StreamStore.findStart`. The key of an erased stream has an empty `requestHash`. */
  async findStart(userId: string, key: string): Promise<{ streamId: StreamId; requestHash: string } | undefined> {
    const row = await this.#query
      .selectFrom('idempotency_keys')
      .leftJoin('streams', 'streams.stream_id', 'idempotency_keys.stream_id')
      .select(['idempotency_keys.stream_id', 'request_hash', isStreamErased.as('is_erased')])
      .where('idempotency_keys.user_id', '=', userId)
      .where('key', 'in', [key, erasedKey(key)])
      .executeTakeFirst();
    return row && { streamId: row.stream_id, requestHash: row.is_erased ? '' : row.request_hash };
  }

  /** Statement that ends a stream. It fails the batch when the stream has ended already or has another epoch. */
  end({ streamId, epoch }: OpenStream, event: EndEvent, { at }: { at: number }): Statement {
    const { offset, finishReason, code, usage, trimmedTurns, retryAfter, reasoningMs } = event;
    const update = this.#query
      .updateTable('streams')
      .set({
        ended_at: at,
        end_offset: offset,
        finish_reason: finishReason,
        code: code ?? null,
        prompt_tokens: usage?.promptTokens ?? null,
        completion_tokens: usage?.completionTokens ?? null,
        trimmed_turns: trimmedTurns ?? null,
        retry_after: retryAfter ?? null,
        reasoning_ms: reasoningMs ?? null,
      })
      .where('stream_id', '=', streamId)
      .where('ended_at', 'is', null)
      .where('epoch', '=', epoch)
      .compile();
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

  addUsage(streamId: StreamId, { promptTokens, completionTokens }: Usage): Statement {
    return this.#query
      .updateTable('streams')
      .set(({ fn, eb, val }) => ({
        extra_prompt_tokens: eb(fn.coalesce('extra_prompt_tokens', val(0)), '+', promptTokens),
        extra_completion_tokens: eb(fn.coalesce('extra_completion_tokens', val(0)), '+', completionTokens),
      }))
      .where('stream_id', '=', streamId)
      .compile();
  }

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
    const row = await this.#query
      .selectFrom('streams')
      .selectAll()
      .where('stream_id', '=', streamId)
      .where(({ not }) => not(isStreamErased))
      .executeTakeFirst();
    return row && recordOf(row);
  }

  /** Finds the end of a stream, also of an erased one. */
  async findEnd(streamId: StreamId): Promise<EndEvent | undefined> {
    return (await this.findRow(streamId))?.end;
  }

  /** Finds a stream's row, also of an erased one, and its end; `undefined` when there is no row. */
  async findRow(streamId: StreamId): Promise<{ readonly end: EndEvent | undefined } | undefined> {
    const row = await this.#query
      .selectFrom('streams')
      .selectAll()
      .where('stream_id', '=', streamId)
      .executeTakeFirst();
    return row && { end: endOf(row) };
  }

  async findActive(userId: string, sessionId: string): Promise<StreamId | undefined> {
    const row = await this.#query
      .selectFrom('streams')
      .select('stream_id')
      .where('user_id', '=', userId)
      .where('session_id', '=', sessionId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return row?.stream_id;
  }

  async listActive(userId: string): Promise<StreamId[]> {
    const rows = await this.#query
      .selectFrom('streams')
      .select('stream_id')
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null)
      .execute();
    return rows.map((row) => row.stream_id);
  }

  /** Query behind `countStarts`. */
  countStartsQuery(userId: string, since: number, until: number) {
    return sql<{ active: number; recent: number; first: number | null }>`
      select (select count(*) from streams where user_id = ${userId} and ended_at is null) as active,
        count(*) as recent, min(created_at) as first
      from streams where user_id = ${userId} and created_at > ${since} and created_at <= ${until}`.compile(this.#query);
  }

  async countStarts(userId: string, since: number, until = Number.MAX_SAFE_INTEGER): Promise<Starts> {
    const { rows } = await this.#query.executeQuery(this.countStartsQuery(userId, since, until));
    const [{ active, recent, first } = { active: 0, recent: 0, first: null }] = rows;
    return { active, recent, firstRecentAt: first ?? undefined };
  }

  /** Finds all open streams, of every node. */
  async findOpen(): Promise<(OpenStream & { isStopRequested: boolean })[]> {
    const found = await this.#query
      .selectFrom('streams')
      .select(['stream_id', 'user_id', 'epoch', 'stop_requested_at'])
      .where('ended_at', 'is', null)
      .orderBy('stream_id')
      .execute();
    return found.map((row) => ({
      streamId: row.stream_id,
      userId: row.user_id,
      epoch: row.epoch,
      isStopRequested: row.stop_requested_at !== null,
    }));
  }

  /** Statement that sets a stream's epoch; a producer with a lower one can no longer end it. */
  raiseEpoch({ streamId, epoch }: OpenStream): Statement {
    return this.#query.updateTable('streams').set({ epoch }).where('stream_id', '=', streamId).compile();
  }
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
    end: endOf(row),
    endedAt: row.ended_at === null ? undefined : Number(row.ended_at),
  };
}

/** The end that a row has; `undefined` while the stream is open. */
export function endOf(row: Selectable<StreamsTable>): EndEvent | undefined {
  if (row.ended_at === null || row.end_offset === null) return undefined;
  return {
    type: 'end',
    offset: Number(row.end_offset),
    finishReason: row.finish_reason as FinishReason,
    ...(row.code !== null && { code: row.code as FailureCode }),
    ...(row.prompt_tokens !== null &&
      row.completion_tokens !== null && {
        usage: { promptTokens: row.prompt_tokens, completionTokens: row.completion_tokens },
      }),
    ...(row.trimmed_turns !== null && { trimmedTurns: row.trimmed_turns }),
    ...(row.retry_after !== null && { retryAfter: row.retry_after }),
    ...(row.reasoning_ms !== null && { reasoningMs: row.reasoning_ms }),
  };
}
