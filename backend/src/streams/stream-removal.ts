// How streams go: erased by their user, or forgotten by age. The same in every database.
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Statement } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';
import { erasedKeyPrefix } from './erased-key.ts';
import type { Ages } from './stream-store.ts';

/** Builds the statements of it, for `Database.write`. Times are in milliseconds since 1970. */
export class StreamRemoval {
  readonly #query: Kysely<Schema>;
  readonly #keyHash: RawBuilder<string>;

  /** `keyHash` is this database's SQL for the SHA-256 of the column `key`, in hex. */
  constructor(query: Kysely<Schema>, { keyHash }: { keyHash: RawBuilder<string> }) {
    this.#query = query;
    this.#keyHash = keyHash;
  }

  /** Builds the erasing: texts go, what names them goes, what they cost stays. */
  erase({ userId, sessionId }: { userId: string; sessionId?: string }, at: number): Statement[] {
    let erased = this.#query.selectFrom('streams').select('stream_id').where('user_id', '=', userId);
    if (sessionId !== undefined) erased = erased.where('session_id', '=', sessionId);
    let mark = this.#query
      .updateTable('streams')
      .set({ session_id: null, erased_at: at })
      .where('user_id', '=', userId)
      .where('erased_at', 'is', null);
    if (sessionId !== undefined) mark = mark.where('session_id', '=', sessionId);
    return [
      this.#query.deleteFrom('stream_bodies').where('stream_id', 'in', erased).compile(),
      this.#query
        .deleteFrom('tickets') // they hold the request that they made
        .where('user_id', '=', userId)
        .where('stream_id', 'in', erased)
        .compile(),
      this.#query
        .updateTable('idempotency_keys') // its hash stays, so that a late twin does not start it all again
        .set({ request_hash: '', key: sql<string>`${erasedKeyPrefix} || ${this.#keyHash}` })
        .where('user_id', '=', userId)
        .where('request_hash', '<>', '')
        .where('stream_id', 'in', erased)
        .compile(),
      mark.compile(),
    ];
  }

  /** Builds the forgetting of what is old enough. */
  sweep(now: number, { retentionMs, forgottenMs, idempotencyMs }: Ages): Statement[] {
    const before = (ageMs: number) => Math.floor(now - ageMs);
    const old = this.#query
      .selectFrom('streams')
      .select('stream_id')
      .where('ended_at', '<', before(retentionMs))
      .where('forgotten_at', 'is', null);
    return [
      this.#query.deleteFrom('stream_bodies').where('stream_id', 'in', old).compile(),
      this.#query
        .updateTable('streams')
        .set({ forgotten_at: now })
        .where('ended_at', '<', before(retentionMs))
        .where('forgotten_at', 'is', null)
        .compile(),
      this.#query.deleteFrom('streams').where('forgotten_at', '<', before(forgottenMs)).compile(),
      this.#query.deleteFrom('idempotency_keys').where('created_at', '<', before(idempotencyMs)).compile(),
    ];
  }
}
