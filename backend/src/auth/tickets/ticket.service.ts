// Tickets replace the `Authorization` header, which `EventSource` cannot send. One ticket opens one stream or the feed.
import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { StreamError, type StreamId } from '@sillage/protocol';
import { sql } from 'kysely';
import { DATABASE, type Database, expectRowChange } from '../../database/database.ts';
import type { TokenClaims } from '../tokens/token-claims.ts';
import type { User } from '../user.ts';

/** Limits of tickets. */
export interface TicketOptions {
  /** Whether tickets are issued and accepted; default: yes. */
  readonly isEnabled?: boolean;
  /** How long a ticket may wait for its first use. */
  readonly ticketMs: number;
  /** How long after its issue a used ticket can reconnect. */
  readonly maxAgeMs: number;
  /** How many unused tickets one user may have. */
  readonly ticketsPerUser: number;
}

/** Injects the options. */
export const TICKET_OPTIONS = Symbol('TicketOptions');

/** A valid ticket: its user, and the request that its first use bound it to. */
export interface Ticket {
  /** The idempotency key of the start that it makes. */
  readonly key: string;
  readonly user: User;
  /** The token that the ticket was created with; with an application's own sign-in, the time of its creation. */
  readonly token: TokenClaims;
  /** When it can no longer reconnect, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** A hash of the route and query that its first use bound it to. */
  readonly boundTo: string | undefined;
  readonly streamId: StreamId | undefined;
}

/** Prefix of the idempotency key of a ticket's start. */
const keyPrefix = 'ticket:';

/** Stands for the stream id of a ticket while its start is in progress. */
const starting = '';

/** Issues tickets and, at its first use, binds each to one route, one query and one stream. */
@Injectable()
export class TicketService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(TICKET_OPTIONS) private readonly options: TicketOptions,
  ) {}

  /** Issues a ticket that must be used before `expiresAt`. Only its hash is stored.
   *  @throws {StreamError} `rate-limited` when this user has too many unused tickets, `not-found` where there are none. */
  async issue(user: User, token?: TokenClaims): Promise<{ ticket: string; expiresAt: string }> {
    if (this.options.isEnabled === false) throw new StreamError('not-found', 'This server issues no tickets.');
    const ticket = randomBytes(24).toString('base64url');
    const now = Date.now();
    const { ticketMs, ticketsPerUser } = this.options;
    // After the clock is set back, tickets have a time in the future: they count no longer than any other.
    const insert = sql`insert into tickets (ticket_hash, user_id, claims, created_at)
      select ${hash(ticket)}, ${user.id}, ${JSON.stringify({ ...user, token })}, cast(${now} as bigint)
      where (select count(*) from tickets where user_id = ${user.id} and bound_to is null
        and created_at > ${now - ticketMs} and created_at < ${now + ticketMs}) < ${ticketsPerUser}`;
    if (await this.database.write([expectRowChange(insert.compile(this.database.query))], { isUrgent: true })) {
      return { ticket, expiresAt: new Date(now + ticketMs).toISOString() };
    }
    const message = `You have ${ticketsPerUser} unused tickets. Use them, or wait until they expire.`;
    throw new StreamError('rate-limited', message, { retryAfter: Math.max(1, Math.ceil(ticketMs / 1000)) });
  }

  /** Reads a ticket that is valid now: an unused one, or one that was bound in time.
   *  @throws {StreamError} `unauthorized` for any other. */
  async show(ticket: string): Promise<Ticket> {
    const row = await this.find(hash(ticket));
    const isFresh = row !== undefined && (row.bound_to === null || row.stream_id === starting);
    // A ticket can have a time in the future, if the clock was set back; that must not make it valid for longer.
    const age = row === undefined ? Number.POSITIVE_INFINITY : Math.abs(Date.now() - row.created_at);
    if (row === undefined || age > (isFresh ? this.options.ticketMs : this.options.maxAgeMs)) {
      throw new StreamError('unauthorized', 'The ticket is no longer valid. Request a new one.');
    }
    const { token = { iat: row.created_at / 1000 }, ...user } = JSON.parse(row.claims) as User & {
      token?: TokenClaims;
    };
    return {
      key: `${keyPrefix}${row.ticket_hash}`,
      user,
      token,
      expiresAt: row.created_at + this.options.maxAgeMs,
      boundTo: row.bound_to ?? undefined,
      streamId: row.stream_id || undefined,
    };
  }

  /** Binds a ticket to the start of a stream before the stream is started, so that no other use can come between. Returns
   *  the stream if the same use has already started one.
   *  @throws {StreamError} `unauthorized` when the ticket is bound to another use. */
  async reserve(ticket: Ticket, to: string): Promise<StreamId | undefined> {
    const update = this.unboundOr(ticket, to, [starting]).set({ bound_to: hash(to), stream_id: starting });
    if (await this.database.write([expectRowChange(update.compile())], { isUrgent: true })) return undefined;
    const row = await this.find(ticket.key.slice(keyPrefix.length));
    if (row?.stream_id && boundTo(to).includes(row.bound_to ?? '')) return row.stream_id;
    throw usedUp();
  }

  /** Removes a reservation whose start failed; any other binding stays. */
  async release({ key }: Ticket, to: string): Promise<void> {
    const update = this.database.query
      .updateTable('tickets')
      .set({ bound_to: null, stream_id: null })
      .where('ticket_hash', '=', key.slice(keyPrefix.length))
      .where('bound_to', '=', hash(to))
      .where('stream_id', '=', starting);
    await this.database.write([update.compile()]);
  }

  /** Binds a ticket to the stream or feed that it opens. The first binding wins; the same binding again has no effect.
   *  `isReserved`: whether the caller has reserved the ticket for the start of this stream.
   *  @throws {StreamError} `unauthorized` when the ticket is bound to another use. */
  async bind(
    ticket: Ticket,
    { to, streamId, isReserved = false }: { to: string; streamId: StreamId | undefined; isReserved?: boolean },
  ): Promise<void> {
    const streams = isReserved ? [starting, streamId] : [streamId];
    const update = this.unboundOr(ticket, to, streams).set({ bound_to: hash(to), stream_id: streamId ?? null });
    if (await this.database.write([expectRowChange(update.compile())], { isUrgent: true })) return;
    throw usedUp();
  }

  /** Deletes the tickets that can never be used again. */
  async sweep(): Promise<void> {
    const { ticketMs, maxAgeMs } = this.options;
    const old = this.database.query.deleteFrom('tickets');
    const now = Date.now();
    await this.database.write([
      old
        .where('created_at', '<', now - ticketMs)
        .where('bound_to', 'is', null)
        .compile(),
      old.where('created_at', '<', now - maxAgeMs - ticketMs).compile(),
    ]);
  }

  /** Builds the update of a ticket that is unbound, or bound to `to` and one of `streams`. */
  private unboundOr({ key }: Ticket, to: string, streams: readonly (StreamId | undefined)[]) {
    return this.database.query
      .updateTable('tickets')
      .where('ticket_hash', '=', key.slice(keyPrefix.length))
      .where((where) => {
        const isSame = streams.map((one) => where('stream_id', one === undefined ? 'is' : '=', one ?? null));
        return where.or([
          where('bound_to', 'is', null),
          where.and([where('bound_to', 'in', boundTo(to)), where.or(isSame)]),
        ]);
      });
  }

  private find(ticketHash: string) {
    const { query } = this.database;
    return query.selectFrom('tickets').selectAll().where('ticket_hash', '=', ticketHash).executeTakeFirst();
  }
}

/** Creates the error for a ticket that was bound to another use. */
export function usedUp(): StreamError {
  return new StreamError('unauthorized', 'The ticket was used for another stream. Request a new one.');
}

/** Whether the first use of a ticket bound it to another route or query. */
export function isBoundElsewhere({ boundTo: bound }: Ticket, to: string): boolean {
  return bound !== undefined && !boundTo(to).includes(bound);
}

/** Returns the possible column values of a ticket that is bound to `to`: a hash or, in rows of an older version, the text. */
function boundTo(to: string): string[] {
  return [hash(to), to];
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
