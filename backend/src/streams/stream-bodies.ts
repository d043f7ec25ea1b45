// Queries and statements on the stored texts of streams: the same on every database, shared by the stores. A long text has
// a first part in `stream_bodies` and further parts in `stream_body_parts`.
import type { EndEvent, StreamId } from '@sillage/protocol';
import { type Kysely, sql } from 'kysely';
import type { Statement } from '../database/database.ts';
import { prepared } from '../database/prepared.ts';
import type { Schema } from '../database/schema.ts';
import { readParts } from '../database/text-parts.ts';
import { endEventOf } from './stream-rows.ts';
import type { NewEvent } from './stream-store.ts';

/** A stream's text as stored: runs of one type, in order. */
export type Body = readonly (readonly [NewEvent['type'], string])[];

/** An ended stream as stored. The body is empty when the text is deleted or incomplete. */
export interface EndedStream {
  readonly streamId: StreamId;
  readonly body: Body;
  readonly end: EndEvent;
}

/** Queries and statements on stored texts. Methods that write return statements for `Database.write`. */
export class StreamBodies {
  readonly #query: Kysely<Schema>;
  readonly #save = prepared(({ streamId, ...row }: { streamId: StreamId; body: string; parts: number | null }) =>
    this.#query
      .insertInto('stream_bodies')
      .values({ stream_id: streamId, ...row })
      .onConflict((conflict) => conflict.column('stream_id').doUpdateSet(row))
      .compile(),
  );
  readonly #dropErased = prepared(({ streamId }: { streamId: StreamId }) =>
    this.#query
      .deleteFrom('stream_bodies')
      .where('stream_id', '=', streamId)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('streams')
            .select('stream_id')
            .where('stream_id', '=', streamId)
            .where('erased_at', 'is not', null),
        ),
      )
      .compile(),
  );

  constructor(query: Kysely<Schema>) {
    this.#query = query;
  }

  /** Statement that saves the first part of a text, and the number of further parts. */
  save(streamId: StreamId, { first, parts }: { first: Body; parts: number }): Statement {
    return this.#save({ streamId, body: JSON.stringify(first), parts: parts === 0 ? null : parts });
  }

  /** Statement that saves the first part if there is none yet, so that further parts can be added. */
  begin(streamId: StreamId, first: Body): Statement {
    return this.#query
      .insertInto('stream_bodies')
      .values({ stream_id: streamId, body: JSON.stringify(first) })
      .onConflict((conflict) => conflict.doNothing())
      .compile();
  }

  /** Statement that saves a further part; has no effect when the stream was erased in the meantime. */
  savePart(streamId: StreamId, part: number, body: Body): Statement {
    return sql`insert into stream_body_parts (stream_id, part, body)
      select stream_id, cast(${part} as integer), ${JSON.stringify(body)} from stream_bodies where stream_id = ${streamId}
      on conflict (stream_id, part) do update set body = excluded.body`.compile(this.#query);
  }

  /** Statement that deletes the text of a stream that was erased while the text was being written. */
  dropErased(streamId: StreamId): Statement {
    return this.#dropErased({ streamId });
  }

  /** Finds the text of a stream; `undefined` when it is deleted or a part is missing. */
  async find(streamId: StreamId): Promise<Body | undefined> {
    const row = await this.#query
      .selectFrom('stream_bodies')
      .select(['body', 'parts'])
      .where('stream_id', '=', streamId)
      .executeTakeFirst();
    return row && this.#whole(streamId, row);
  }

  /** Finds the ended streams among `streamIds`, with their texts. */
  async findEnded(streamIds: readonly StreamId[]): Promise<EndedStream[]> {
    const rows = await this.#query
      .selectFrom('streams')
      .leftJoin('stream_bodies', 'stream_bodies.stream_id', 'streams.stream_id')
      .selectAll('streams')
      .select(['body', 'parts'])
      .where('streams.stream_id', 'in', streamIds)
      .execute();
    const ended = rows.map(async (row) => {
      const end = endEventOf(row);
      const { stream_id: streamId, body, parts } = row;
      if (end === undefined) return [];
      return [{ streamId, body: (body !== null && (await this.#whole(streamId, { body, parts }))) || [], end }];
    });
    return (await Promise.all(ended)).flat();
  }

  async #whole(streamId: StreamId, { body, parts }: { body: string; parts: number | null }): Promise<Body | undefined> {
    const rest = await readParts(parts ?? 0, async (first, last) => {
      const rows = await this.#query
        .selectFrom('stream_body_parts')
        .select('body')
        .where('stream_id', '=', streamId)
        .where('part', '>=', first)
        .where('part', '<=', last)
        .orderBy('part')
        .execute();
      return rows.map((row) => JSON.parse(row.body) as Body);
    });
    return rest && [JSON.parse(body) as Body, ...rest].flat();
  }
}
