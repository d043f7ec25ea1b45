// Tickets stand in for the `Authorization` header where `EventSource` can send none. One opens one stream, or the feed.
import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { StreamError, type StreamId } from '@sillage/protocol';
import { sql } from 'kysely';
import { DATABASE, type Database, expectRowChange } from '../database/database.ts';
import type { User } from './user.ts';

/** How long a ticket waits for its first use, how long it attaches again after that, and how many of a user may wait. */
export interface TicketOptions {
  readonly ticketMs: number;
  readonly maxAgeMs: number;
  readonly ticketsPerUser: number;
}

/** Injects the options. */
export const TICKET_OPTIONS = Symbol('TicketOptions');

/** Is a ticket that was shown: whom it stands for, and what its first use bound it to. */
export interface Ticket {
  /** Is the idempotency key of the start that it makes. */
  readonly key: string;
  readonly user: User;
  /** A hash of what its first use bound it to. */
  readonly boundTo: string | undefined;
  readonly streamId: StreamId | undefined;
}

/** What the idempotency key of a ticket's start begins with. */
const keyPrefix = 'ticket:';

/** The stream of a ticket whose start is under way. */
const starting = '';

/** Issues tickets, and binds each at its first use to one route, one query and one stream. */
@Injectable()
export class TicketService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(TICKET_OPTIONS) private readonly options: TicketOptions,
  ) {}

  /** Issues a ticket, whose first use must come before `expiresAt`. Only its hash is stored.
   *  @throws {StreamError} `rate-limited` when too many of this user wait for their first use. */
  async issue(user: User): Promise<{ ticket: string; expiresAt: string }> {
    const ticket = randomBytes(24).toString('base64url');
    const now = Date.now();
    const { ticketMs, ticketsPerUser } = this.options;
    // A clock that was set back leaves tickets of the future: they do not count for longer than any other.
    const insert = sql`insert into tickets (ticket_hash, user_id, claims, created_at)
      select ${hash(ticket)}, ${user.id}, ${JSON.stringify(user)}, cast(${now} as bigint)
      where (select count(*) from tickets where user_id = ${user.id} and bound_to is null
        and created_at > ${now - ticketMs} and created_at < ${now + ticketMs}) < ${ticketsPerUser}`;
    if (await this.database.write([expectRowChange(insert.compile(this.database.query))])) {
      return { ticket, expiresAt: new Date(now + ticketMs).toISOString() };
    }
    const message = `${ticketsPerUser} tickets wait for their first use already. Use them, or let them expire.`;
    throw new StreamError('rate-limited', message, { retryAfter: Math.max(1, Math.ceil(ticketMs / 1000)) });
  }

  /** Reads a ticket that may be used now: a fresh one, or one that was bound in time.
   *  @throws {StreamError} `unauthorized` for any other. */
  async show(ticket: string): Promise<Ticket> {
    const row = await this.find(hash(ticket));
    const isFresh = row !== undefined && (row.bound_to === null || row.stream_id === starting);
    // One from the future is no younger: the clock was set back.
    const age = row === undefined ? Number.POSITIVE_INFINITY : Math.abs(Date.now() - row.created_at);
    if (row === undefined || age > (isFresh ? this.options.ticketMs : this.options.maxAgeMs)) {
      throw new StreamError('unauthorized', 'The ticket is not valid any more. Ask for a new one.');
    }
    return {
      key: `${keyPrefix}${row.ticket_hash}`,
      user: JSON.parse(row.claims) as User,
      boundTo: row.bound_to ?? undefined,
      streamId: row.stream_id || undefined,
    };
  }

  /** Binds a ticket to the start of a stream before it is started, so that no other use can come between. Returns the
   *  stream where the same use has started one already.
   *  @throws {StreamError} `unauthorized` when it is bound to something else. */
  async reserve(ticket: Ticket, to: string): Promise<StreamId | undefined> {
    const update = this.unboundOr(ticket, to, [starting]).set({ bound_to: hash(to), stream_id: starting });
    if (await this.database.write([expectRowChange(update.compile())])) return undefined;
    const row = await this.find(ticket.key.slice(keyPrefix.length));
    if (row?.stream_id && boundTo(to).includes(row.bound_to ?? '')) return row.stream_id;
    throw usedUp();
  }

  /** Takes back a reservation whose start was refused; any other binding stays. */
  async release({ key }: Ticket, to: string): Promise<void> {
    const update = this.database.query
      .updateTable('tickets')
      .set({ bound_to: null, stream_id: null })
      .where('ticket_hash', '=', key.slice(keyPrefix.length))
      .where('bound_to', '=', hash(to))
      .where('stream_id', '=', starting);
    await this.database.write([update.compile()]);
  }

  /** Binds a ticket to what it opens; the first to bind wins, and the same again is harmless. `isReserved`: the caller
   *  reserved it for the start of this stream.
   *  @throws {StreamError} `unauthorized` when it is bound to something else. */
  async bind(
    ticket: Ticket,
    { to, streamId, isReserved = false }: { to: string; streamId: StreamId | undefined; isReserved?: boolean },
  ): Promise<void> {
    const streams = isReserved ? [starting, streamId] : [streamId];
    const update = this.unboundOr(ticket, to, streams).set({ bound_to: hash(to), stream_id: streamId ?? null });
    if (await this.database.write([expectRowChange(update.compile())])) return;
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

  /** The change of a ticket that is unbound, or bound to `to` and one of `streams`. */
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

/** Refuses a ticket for anything but what its first use opened. */
export function usedUp(): StreamError {
  return new StreamError('unauthorized', 'The ticket has opened another stream. Ask for a new one.');
}

/** Whether the first use of a ticket bound it to something else. */
export function isBoundElsewhere({ boundTo: bound }: Ticket, to: string): boolean {
  return bound !== undefined && !boundTo(to).includes(bound);
}

/** What stands in the row of a ticket that is bound to `to`: a hash, or, written by an older version, the whole text. */
function boundTo(to: string): string[] {
  return [hash(to), to];
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
