// Deletes streams: erased by their user, or forgotten because of their age. Both in bounded steps, on every database.
import { type RawBuilder, sql } from 'kysely';
import { bytesOf, deleteParts, rowsPerStep, stepOf } from '../database/bounded-rows.ts';
import { type Database, expectRowChange } from '../database/database.ts';
import { erasedKeyPrefix } from './erased-key.ts';
import type { Ages, ErasedStreams } from './stream-store.ts';

/** Deletes streams. Every generator does one step, which is one transaction, before each `yield`. */
export class StreamRemoval {
  readonly #database: Database;
  readonly #keyHash: RawBuilder<string>;

  /** `keyHash` is this database's SQL for the SHA-256 of the column `key`, in hex. */
  constructor(database: Database, { keyHash }: { keyHash: RawBuilder<string> }) {
    this.#database = database;
    this.#keyHash = keyHash;
  }

  /** Erases streams: deletes their texts and ids of conversations, and keeps their token counts. */
  async *erase(of: ErasedStreams, at: number): AsyncGenerator<void> {
    for (let after = 0; ; ) {
      const step = stepOf(await this.#toErase(of, after).execute());
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

  /** Deletes old texts, rows and idempotency keys; see `Ages`. */
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

  #toErase({ userId, sessionId, until }: ErasedStreams, after: number) {
    const { query } = this.#database;
    let erased = query
      .selectFrom('streams')
      .leftJoin('stream_bodies', 'stream_bodies.stream_id', 'streams.stream_id')
      .select(['streams.stream_id', 'created_at', 'parts', bytesOf('body', 'stream_bodies').as('bytes')])
      .where('user_id', '=', userId)
      .where('created_at', '>=', after)
      .where('created_at', '<=', until)
      .where('erased_at', 'is', null);
    if (sessionId !== undefined) erased = erased.where('session_id', '=', sessionId);
    return erased.orderBy('created_at').limit(rowsPerStep);
  }

  async #eraseSome(userId: string, ids: readonly string[], at: number): Promise<void> {
    const { query } = this.#database;
    await this.#database.write([
      query.deleteFrom('stream_bodies').where('stream_id', 'in', ids).compile(),
      query.deleteFrom('tickets').where('user_id', '=', userId).where('stream_id', 'in', ids).compile(), // tickets contain requests
      query
        .updateTable('idempotency_keys') // its hash remains, so that a late repetition does not start the stream again
        .set({ request_hash: '', key: sql<string>`${erasedKeyPrefix} || ${this.#keyHash}` })
        .where('user_id', '=', userId)
        .where('request_hash', '<>', '')
        .where('stream_id', 'in', ids)
        .compile(),
      query.updateTable('streams').set({ session_id: null, erased_at: at }).where('stream_id', 'in', ids).compile(),
    ]);
  }
}
