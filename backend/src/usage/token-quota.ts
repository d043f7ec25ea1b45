// Limits the tokens a day (UTC) of a user and of an organization. A start reserves the most that its reply may use; the
// reservation is a column of the stream and counts while the stream is open, so the end of the stream replaces it by the usage,
// on whichever node it is written.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError, type StreamId, type Usage } from '@sillage/protocol';
import { sql } from 'kysely';
import { TokenCounts } from '../ai/context/token-counts.ts';
import { DATABASE, type Database, expectRowChange, type Statement } from '../database/database.ts';
import { dayOf, type Subject, secondsToMidnight, UsageDays } from './usage-days.ts';
import { USAGE_OPTIONS, type UsageOptions } from './usage-options.ts';

/** Who uses tokens. */
export interface Consumer {
  readonly userId: string;
  readonly organization: string | undefined;
}

/** What a start asks for. */
export interface Wanted {
  readonly texts: readonly string[];
  readonly model: string;
  /** The limit of the reply, if it has one. */
  readonly maxTokens: number | undefined;
  /** The limit of a reply that has none. */
  readonly usualTokens: number;
}

/** A reservation, stored together with the stream. */
export interface Reservation {
  readonly requestTokens: number;
  readonly reservedTokens: number;
  /** The limit of the reply: it uses no more than is reserved. */
  readonly maxTokens: number;
  /** They fail the transaction that creates the stream if the limit does not allow the reservation. */
  readonly statements: readonly Statement[];
}

interface LimitedSubject extends Subject {
  readonly limit: number;
}

@Injectable()
export class TokenQuota {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(USAGE_OPTIONS) private readonly options: UsageOptions,
    private readonly counts: TokenCounts,
    private readonly usageDays: UsageDays,
  ) {}

  /** Whether organizations have a limit. */
  get limitsOrganizations(): boolean {
    return this.options.limits.organizationTokensPerDay > 0;
  }

  /** Checks that anything is left; the reservation of the stream `replaced` does not count.
   *  @throws {StreamError} `quota-exceeded`. */
  async check(consumer: Consumer, replaced?: StreamId): Promise<void> {
    for (const subject of this.subjectsOf(consumer)) {
      if ((await this.leftOf(subject, replaced)) < 1) throw exceeded(subject);
    }
  }

  /** Plans the reservation of a start; `undefined` without a limit. A reply without a limit of its own gets what is left, up
   *  to the usual length.
   *  @throws {StreamError} `quota-exceeded`. */
  async reserve(consumer: Consumer, wanted: Wanted): Promise<Reservation | undefined> {
    const subjects = this.subjectsOf(consumer);
    if (subjects.length === 0) return undefined;
    const requestTokens = await this.counts.ofRequest(wanted.texts, wanted.model);
    let maxTokens = wanted.maxTokens ?? wanted.usualTokens;
    for (const subject of subjects) {
      const left = (await this.leftOf(subject)) - requestTokens;
      if (left < (wanted.maxTokens ?? 1)) throw exceeded(subject);
      maxTokens = Math.min(maxTokens, left);
    }
    const statements = subjects.flatMap((subject) => this.checks(subject));
    return { requestTokens, reservedTokens: requestTokens + maxTokens, maxTokens, statements };
  }

  /** Charges a further completion request for a stream, such as for a title, before it is sent; `undefined` if a limit does
   *  not allow it. Without a limit nothing is charged.  */
  async charge(
    streamId: StreamId,
    userId: string,
    { texts, model, maxTokens }: { texts: readonly string[]; model: string; maxTokens: number },
  ): Promise<Usage | undefined> {
    const row = await this.database.query
      .selectFrom('streams')
      .select('organization')
      .where('stream_id', '=', streamId)
      .executeTakeFirst();
    const subjects = this.subjectsOf({ userId, organization: row?.organization ?? undefined });
    if (subjects.length === 0) return { promptTokens: 0, completionTokens: 0 };
    const usage = { promptTokens: await this.counts.ofRequest(texts, model), completionTokens: maxTokens };
    const isAllowed = await this.database.write([
      ...this.usageDays.addExtra(streamId, { model, usage, at: Date.now() }),
      ...subjects.flatMap((subject) => this.checks(subject)),
    ]);
    return isAllowed ? usage : undefined;
  }

  private subjectsOf({ userId, organization }: Consumer): LimitedSubject[] {
    const { tokensPerDay, organizationTokensPerDay } = this.options.limits;
    const subjects: LimitedSubject[] = [{ kind: 'user', id: userId, limit: tokensPerDay }];
    if (organization !== undefined) {
      subjects.push({ kind: 'organization', id: organization, limit: organizationTokensPerDay });
    }
    return subjects.filter(({ limit }) => limit > 0);
  }

  private async leftOf(subject: LimitedSubject, excluded?: StreamId): Promise<number> {
    const { rows } = await sql<{ taken: number }>`select ${takenBy(subject, excluded)} as taken`.execute(
      this.database.query,
    );
    return subject.limit - Number(rows[0]?.taken ?? 0);
  }

  /** Statements that lock the subject, then fail the transaction if more than its limit is taken. On PostgreSQL the second one
   *  sees what others have committed before the lock. */
  private checks(subject: LimitedSubject): Statement[] {
    const { kind, id, limit } = subject;
    const { query } = this.database;
    const now = sql`cast(${Date.now()} as bigint)`;
    const lock = sql`insert into usage_locks (kind, subject, checked_at) values (${kind}, ${id}, ${now})
      on conflict (kind, subject) do update set checked_at = excluded.checked_at`;
    const check = sql`update usage_locks set checked_at = ${now}
      where kind = ${kind} and subject = ${id} and ${takenBy(subject)} <= ${limit}`;
    return [lock.compile(query), expectRowChange(check.compile(query))];
  }
}

/** What a subject has used today and reserved. */
function takenBy({ kind, id }: Subject, excluded: StreamId = '') {
  const column = sql.ref(kind === 'user' ? 'user_id' : 'organization');
  return sql`cast((select coalesce(sum(prompt_tokens + completion_tokens), 0) from usage_days
      where kind = ${kind} and subject = ${id} and day = ${dayOf(Date.now())})
    + (select coalesce(sum(reserved_tokens), 0) from streams
      where ${column} = ${id} and ended_at is null and stream_id <> ${excluded}) as bigint)`;
}

function exceeded({ kind, limit }: LimitedSubject): StreamError {
  const whose = kind === 'user' ? 'Your' : "Your organization's";
  const message = `${whose} ${limit} tokens of today do not suffice. There are new ones at midnight UTC.`;
  return new StreamError('quota-exceeded', message, { retryAfter: secondsToMidnight(Date.now()) });
}
