// Who started which stream: creates the rows of streams, finds and counts them. The same on every database, so it is no part
// of the port; stores and services share it.
import { StreamError, type StreamId, type Usage } from '@sillage/protocol';
import { type Insertable, sql } from 'kysely';
import { type Database, expectRowChange, type Statement } from '../database/database.ts';
import { isStreamErased, timeBehindErasures } from '../database/erasures.ts';
import { prepared } from '../database/prepared.ts';
import type { Schema } from '../database/schema.ts';
import { erasedKey } from './erased-key.ts';
import type { Created, NewStream } from './stream-store.ts';

/** A start that is found by its idempotency key. `requestHash` is empty when its stream was erased. */
interface EarlierStart {
  readonly streamId: StreamId;
  readonly requestHash: string;
}

/** When a stream is created, in milliseconds since 1970, and the producer's node where several nodes share the database. */
interface Origin {
  readonly at: number;
  readonly nodeId?: string | undefined;
}

/** Numbers of a user's streams, for the limits. Times are in milliseconds since 1970. */
interface Starts {
  /** Number of streams that have not ended. */
  readonly active: number;
  /** Number of streams that were created within the counted time, ended or not. */
  readonly recent: number;
  readonly firstRecentAt: number | undefined;
}

/** The epoch of a stream's first producer. */
const firstEpoch = 1;

/** Creates, finds and counts streams. */
export class StreamDirectory {
  readonly #database: Database;
  readonly #insertRow = prepared((row: NewRow) =>
    this.#database.query
      .insertInto('streams')
      .values({
        stream_id: row.streamId,
        user_id: row.userId,
        session_id: row.sessionId,
        epoch: firstEpoch,
        created_at: timeBehindErasures({ userId: row.userId, sessionId: row.erasedId }, row.at),
        node_id: row.nodeId,
        scopes: row.scopes,
        model: row.model,
        request_tokens: row.requestTokens,
        reserved_tokens: row.reservedTokens,
        organization: row.organization,
      } as unknown as Insertable<Schema['streams']>)
      .compile(),
  );
  readonly #insertKey = prepared((row: Insertable<Schema['idempotency_keys']>) =>
    this.#database.query
      .insertInto('idempotency_keys')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
  );
  readonly #findStart = prepared(({ userId, key, erased }: { userId: string; key: string; erased: string }) =>
    this.#database.query
      .selectFrom('idempotency_keys')
      .leftJoin('streams', 'streams.stream_id', 'idempotency_keys.stream_id')
      .select(['idempotency_keys.stream_id', 'request_hash', isStreamErased.as('is_erased')])
      .where('idempotency_keys.user_id', '=', userId)
      .where('key', 'in', [key, erased])
      .compile(),
  );
  readonly #findActive = prepared(({ userId, sessionId }: { userId: string; sessionId: string }) =>
    this.#openStreamsOf(userId).where('session_id', '=', sessionId).compile(),
  );
  /** Query behind `countStarts`. */
  readonly countStartsQuery = prepared(({ userId, since, until }: { userId: string; since: number; until: number }) =>
    sql<{ active: number; recent: number; first: number | null }>`
      select (select count(*) from streams where user_id = ${userId} and ended_at is null) as active,
        count(*) as recent, min(created_at) as first
      from streams where user_id = ${userId} and created_at > ${since} and created_at <= ${until}`.compile(
      this.#database.query,
    ),
  );

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes a stream, its idempotency key and its extra statements in one transaction, or finds the earlier start with the
   *  same key.
   *  @throws {StreamError} as `StreamStore.create`. */
  async create(stream: NewStream, { at, nodeId }: Origin): Promise<Created> {
    const { streamId, userId, idempotency, extraStatements = [] } = stream;
    const statements = [...this.#insert(stream, { at, nodeId }), ...extraStatements];
    if (await this.#database.write(statements, { isUrgent: true })) {
      return { isNew: true, stream: { streamId, userId, epoch: firstEpoch } };
    }
    const earlier = idempotency && (await this.findStart(userId, idempotency.key));
    if (earlier) return { isNew: false, ...earlier };
    throw new StreamError('conflict', 'The conversation has changed meanwhile. Load it again.');
  }

  /** Finds the stream that was created with a user's idempotency key; `undefined` when the key is unknown or has expired. */
  async findStart(userId: string, key: string): Promise<EarlierStart | undefined> {
    const found = this.#findStart({ userId, key, erased: erasedKey(key) });
    const [row] = (await this.#database.query.executeQuery(found)).rows;
    return row && { streamId: row.stream_id, requestHash: row.is_erased ? '' : row.request_hash };
  }

  /** Finds the open stream of a user's conversation. */
  async findActive(userId: string, sessionId: string): Promise<StreamId | undefined> {
    const { rows } = await this.#database.query.executeQuery(this.#findActive({ userId, sessionId }));
    return rows[0]?.stream_id;
  }

  /** Lists a user's open streams. */
  async listActive(userId: string): Promise<StreamId[]> {
    const rows = await this.#openStreamsOf(userId).execute();
    return rows.map((row) => row.stream_id);
  }

  /** Counts a user's streams for the limits: the open ones, and those created after `since` and up to `until`. */
  async countStarts(userId: string, since: number, until = Number.MAX_SAFE_INTEGER): Promise<Starts> {
    const { rows } = await this.#database.query.executeQuery(this.countStartsQuery({ userId, since, until }));
    const [{ active, recent, first } = { active: 0, recent: 0, first: null }] = rows;
    return { active, recent, firstRecentAt: first ?? undefined };
  }

  /** Adds tokens to a stream that the model used besides the reply, such as for a title, with `extraStatements` in the same
   *  transaction. Works on erased streams too. */
  async addUsage(
    streamId: StreamId,
    { promptTokens, completionTokens }: Usage,
    extraStatements: readonly Statement[] = [],
  ): Promise<void> {
    const update = this.#database.query
      .updateTable('streams')
      .set(({ fn, eb, val }) => ({
        extra_prompt_tokens: eb(fn.coalesce('extra_prompt_tokens', val(0)), '+', promptTokens),
        extra_completion_tokens: eb(fn.coalesce('extra_completion_tokens', val(0)), '+', completionTokens),
      }))
      .where('stream_id', '=', streamId);
    await this.#database.write([update.compile(), ...extraStatements]);
  }

  #openStreamsOf(userId: string) {
    return this.#database.query
      .selectFrom('streams')
      .select('stream_id')
      .where('user_id', '=', userId)
      .where('ended_at', 'is', null);
  }

  /** Statements that insert a stream and its idempotency key. They fail the batch when the user already has the key. */
  #insert(
    { streamId, userId, sessionId, scopes = {}, accounting, idempotency }: NewStream,
    { at, nodeId }: Origin,
  ): Statement[] {
    const insertRow = this.#insertRow({
      streamId,
      userId,
      sessionId: sessionId ?? null,
      erasedId: sessionId ?? '',
      at,
      nodeId: nodeId ?? null,
      scopes: Object.keys(scopes).length > 0 ? JSON.stringify(scopes) : null,
      model: accounting?.model ?? null,
      requestTokens: accounting?.requestTokens ?? null,
      reservedTokens: accounting?.reservedTokens || null,
      organization: accounting?.organization || null,
    });
    if (idempotency === undefined) return [insertRow];
    const { key, requestHash } = idempotency;
    const insertKey = this.#insertKey({
      user_id: userId,
      key,
      request_hash: requestHash,
      stream_id: streamId,
      created_at: at,
    });
    return [expectRowChange(insertKey), insertRow];
  }
}

/** The values of a new stream's row. */
interface NewRow {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly sessionId: string | null;
  /** The conversation, or an empty text without one, as erasures name it. */
  readonly erasedId: string;
  readonly at: number;
  readonly nodeId: string | null;
  readonly scopes: string | null;
  readonly model: string | null;
  readonly requestTokens: number | null;
  readonly reservedTokens: number | null;
  readonly organization: string | null;
}
