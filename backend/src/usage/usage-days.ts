// The usage of users and organizations by day (UTC) and model. It is written in the transaction of each end, and outlives the
// streams.
import { Inject, Injectable } from '@nestjs/common';
import type { StreamId, Usage } from '@sillage/protocol';
import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { DATABASE, type Database, type Statement } from '../database/database.ts';
import { prepared } from '../database/prepared.ts';

const dayMs = 86_400_000;

/** Who has used tokens. */
export interface Subject {
  readonly kind: 'user' | 'organization';
  readonly id: string;
}

/** The usage of one model on one day. */
export interface DayUsage extends Required<Omit<Usage, 'estimated'>> {
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly model: string;
  readonly replies: number;
  /** Replies whose tokens the server has counted itself. */
  readonly estimatedReplies: number;
}

/** Returns the UTC day of a time, in days since 1970-01-01. */
export function dayOf(at: number): number {
  return Math.floor(at / dayMs);
}

/** Returns the seconds until the next midnight UTC. */
export function secondsToMidnight(at: number): number {
  return Math.max(1, Math.ceil(((dayOf(at) + 1) * dayMs - at) / 1000));
}

/** The subjects of a stream's usage, and the column of the stream that names each. */
const subjects = [
  { kind: 'user', column: 'user_id' },
  { kind: 'organization', column: 'organization' },
] as const;

@Injectable()
export class UsageDays {
  private readonly settleEach = subjects.map((subject) =>
    prepared(({ streamId, day }: { streamId: StreamId; day: number }) => {
      const amounts = sql`1, coalesce(is_usage_estimated, 0), coalesce(prompt_tokens, 0), coalesce(completion_tokens, 0),
        coalesce(cached_tokens, 0), coalesce(reasoning_tokens, 0), coalesce(cost, 0)`;
      return this.add(subject, { streamId, day, model: sql`coalesce(model, '')`, amounts });
    }),
  );

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Statements that add a stream's own usage, for the transaction that ends it; they must follow the end. */
  settle(streamId: StreamId, at: number): Statement[] {
    return this.settleEach.map((settle) => settle({ streamId, day: dayOf(at) }));
  }

  /** Statements that add what was used besides the reply, such as for a title; negative values subtract. */
  addExtra(streamId: StreamId, { model, usage, at }: { model: string; usage: Usage; at: number }): Statement[] {
    const { promptTokens, completionTokens, cachedTokens = 0, reasoningTokens = 0, cost = 0 } = usage;
    const amounts = sql`0, 0, cast(${promptTokens} as bigint), cast(${completionTokens} as bigint),
      cast(${cachedTokens} as bigint), cast(${reasoningTokens} as bigint), cast(${cost} as double precision)`;
    const addition = { streamId, day: dayOf(at), model: sql`cast(${model} as text)`, amounts };
    return subjects.map((subject) => this.add(subject, addition));
  }

  /** Reads the usage since a day, latest day first. */
  async read({ kind, id }: Subject, since: number): Promise<DayUsage[]> {
    const rows = await this.database.query
      .selectFrom('usage_days')
      .selectAll()
      .where('kind', '=', kind)
      .where('subject', '=', id)
      .where('day', '>=', since)
      .orderBy('day', 'desc')
      .orderBy('model')
      .execute();
    return rows.map((row) => ({
      day: row.day,
      model: row.model,
      replies: row.replies,
      estimatedReplies: row.estimated_replies,
      promptTokens: row.prompt_tokens,
      completionTokens: row.completion_tokens,
      cachedTokens: row.cached_tokens,
      reasoningTokens: row.reasoning_tokens,
      cost: row.cost,
    }));
  }

  private add(
    { kind, column }: (typeof subjects)[number],
    { streamId, day, model, amounts }: Addition,
  ): CompiledQuery<unknown> {
    return sql`insert into usage_days (kind, subject, day, model, replies, estimated_replies, prompt_tokens, completion_tokens,
        cached_tokens, reasoning_tokens, cost)
      select ${sql.lit(kind)}, ${sql.ref(column)}, cast(${day} as integer), ${model}, ${amounts}
      from streams where stream_id = ${streamId} and ${sql.ref(column)} is not null
      on conflict (kind, subject, day, model) do update set ${sql.join(counts.map(increased))}`.compile(
      this.database.query,
    );
  }
}

interface Addition {
  readonly streamId: StreamId;
  readonly day: number;
  readonly model: RawBuilder<unknown>;
  /** The values of the counts, in the order of the columns. */
  readonly amounts: RawBuilder<unknown>;
}

const counts = [
  'replies',
  'estimated_replies',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost',
];

function increased(count: string) {
  return sql`${sql.ref(count)} = ${sql.ref(`usage_days.${count}`)} + ${sql.ref(`excluded.${count}`)}`;
}
