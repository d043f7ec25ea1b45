// Deletes streams: erased by their user, or forgotten because of their age. Both in bounded steps, on every database.
import { type CompiledQuery, sql } from 'kysely';
import { bytesOf, deleteParts, rowsPerStep, stepOf } from '../database/bounded-rows.ts';
import { type Database, expectRowChange, type Statement } from '../database/database.ts';
import type { ErasureScope } from '../database/erasures.ts';
import { erasedKey } from './erased-key.ts';

/** Ages for `sweep`, in milliseconds. */
interface Ages {
  /** Time from its end after which a stream is forgotten: its text is deleted. */
  readonly retentionMs: number;
  /** Time from then on after which the row of a forgotten stream is deleted. */
  readonly forgottenMs: number;
  /** Time from a start after which its idempotency key is deleted. */
  readonly idempotencyMs: number;
}

/** The streams to erase: those of a scope that were created up to `until`, in milliseconds since 1970. */
interface ErasedStreams extends ErasureScope {
  readonly until: number;
}

/** A stream to erase, and the approximate size of its text in bytes. */
interface ErasableStream {
  readonly stream_id: string;
  readonly created_at: number;
  readonly parts: number | null;
  readonly bytes: number | null;
}

/** Deletes streams. Every generator does one step, which is one transaction, before each `yield`; after an interruption, another
 *  call does the rest. */
export class StreamRemoval {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Deletes the texts and the ids of conversations of streams that a row in `erasures` already hides; their token counts
   *  remain. The streams must have ended.
   *  @throws {StreamError} `storage`. */
  async *erase(of: ErasedStreams, at: number): AsyncGenerator<void> {
    for (let after = 0; ; ) {
      const { rows } = await this.#database.query.executeQuery(this.erasableQuery(of, after));
      const step = stepOf(rows);
      const last = step.at(-1);
      if (last === undefined) return;
      after = Number(last.created_at);
      yield* this.#deleteParts(step);
      await this.#eraseSome(
        of.userId,
        step.map((row) => row.stream_id),
        at,
      );
      yield;
    }
  }

  /** Deletes texts, rows and idempotency keys that have reached their ages.
   *  @throws {StreamError} `storage`. */
  async *sweep(now: number, { retentionMs, forgottenMs, idempotencyMs }: Ages): AsyncGenerator<void> {
    const before = (ageMs: number) => Math.floor(now - ageMs);
    yield* this.#forgetTexts(now, before(retentionMs));
    const { query } = this.#database;
    const streams = query
      .deleteFrom('streams')
      .where('stream_id', 'in', (from) =>
        from
          .selectFrom('streams')
          .select('stream_id')
          .where('forgotten_at', 'is not', null)
          .where('forgotten_at', '<', before(forgottenMs))
          .limit(rowsPerStep),
      );
    const keys = sql`delete from idempotency_keys where (user_id, key) in (
      select user_id, key from idempotency_keys where created_at < ${before(idempotencyMs)} limit ${rowsPerStep})`;
    for (const statement of [streams.compile(), keys.compile(query)]) {
      while (await this.#database.write([expectRowChange(statement)])) yield;
    }
  }

  /** The query for the streams of the next step of `erase`; `after` is the time of the last one of the previous step. */
  erasableQuery({ userId, sessionId, until }: ErasedStreams, after: number): CompiledQuery<ErasableStream> {
    const { query } = this.#database;
    const streams = query
      .selectFrom('streams')
      .leftJoin('stream_bodies', 'stream_bodies.stream_id', 'streams.stream_id')
      .select(['streams.stream_id', 'created_at', 'parts', bytesOf('body', 'stream_bodies').as('bytes')])
      .where('user_id', '=', userId)
      .where('erased_at', 'is', null)
      .limit(rowsPerStep);
    // Erasing a stream takes it out of its conversation, so that the next step of one conversation reads no row again. In the
    // order of their creation, it would read all streams of the user: the plus keeps SQLite from that index.
    const next =
      sessionId === undefined
        ? streams.where('created_at', '<=', until).where('created_at', '>=', after).orderBy('created_at')
        : streams.where('session_id', '=', sessionId).where(sql`+created_at`, '<=', until);
    return next.compile();
  }

  async *#forgetTexts(now: number, before: number): AsyncGenerator<void> {
    const { query } = this.#database;
    for (;;) {
      const rows = await query
        .selectFrom('streams')
        .leftJoin('stream_bodies', 'stream_bodies.stream_id', 'streams.stream_id')
        .select(['streams.stream_id', 'parts', bytesOf('body', 'stream_bodies').as('bytes')])
        .where('ended_at', '<', before)
        .where('forgotten_at', 'is', null)
        .orderBy('ended_at')
        .limit(rowsPerStep)
        .execute();
      const step = stepOf(rows);
      const ids = step.map((row) => row.stream_id);
      if (ids.length === 0) return;
      yield* this.#deleteParts(step);
      await this.#database.write([
        query.deleteFrom('stream_bodies').where('stream_id', 'in', ids).compile(),
        query.deleteFrom('stream_timelines').where('stream_id', 'in', ids).compile(),
        query.updateTable('streams').set({ forgotten_at: now }).where('stream_id', 'in', ids).compile(),
      ]);
      yield;
    }
  }

  async *#deleteParts(rows: readonly { stream_id: string; parts: number | null }[]): AsyncGenerator<void> {
    for (const { stream_id: id, parts } of rows) {
      yield* deleteParts(this.#database, { table: 'stream_body_parts', id, parts });
    }
  }

  async #eraseSome(userId: string, ids: readonly string[], at: number): Promise<void> {
    const { query } = this.#database;
    const keys = await query
      .selectFrom('idempotency_keys')
      .select('key')
      .where('user_id', '=', userId)
      .where('request_hash', '<>', '')
      .where('stream_id', 'in', ids)
      .execute();
    await this.#database.write([
      query.deleteFrom('stream_bodies').where('stream_id', 'in', ids).compile(),
      query.deleteFrom('stream_timelines').where('stream_id', 'in', ids).compile(),
      query.deleteFrom('tickets').where('user_id', '=', userId).where('stream_id', 'in', ids).compile(), // tickets contain requests
      ...keys.map(({ key }) => this.#eraseKey(userId, key)),
      query.updateTable('streams').set({ session_id: null, erased_at: at }).where('stream_id', 'in', ids).compile(),
    ]);
  }

  /** Statement that replaces a key by its hash, so that a late repetition does not start the stream again. */
  #eraseKey(userId: string, key: string): Statement {
    return this.#database.query
      .updateTable('idempotency_keys')
      .set({ request_hash: '', key: erasedKey(key) })
      .where('user_id', '=', userId)
      .where('key', '=', key)
      .compile();
  }
}
