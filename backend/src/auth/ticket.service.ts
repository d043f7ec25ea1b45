// Tickets stand in for the `Authorization` header where `EventSource` can send none. One opens one stream, or the feed.
import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { StreamError, type StreamId } from '@sillage/protocol';
import { DATABASE, type Database, expectRowChange } from '../database/database.ts';
import type { User } from './user.ts';

/** Says how long a ticket waits for its first use, and how long it attaches again after that. */
export interface TicketOptions {
  readonly ticketMs: number;
  readonly maxAgeMs: number;
}

/** Injects the options. */
export const TICKET_OPTIONS = Symbol('TicketOptions');

/** Is a ticket that was shown: whom it stands for, and what its first use bound it to. */
export interface Ticket {
  /** Is the idempotency key of the start that it makes. */
  readonly key: string;
  readonly user: User;
  readonly boundTo: string | undefined;
  readonly streamId: StreamId | undefined;
}

/** Issues tickets, and binds each at its first use to one route, one query and one stream. */
@Injectable()
export class TicketService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(TICKET_OPTIONS) private readonly options: TicketOptions,
  ) {}

  /** Issues a ticket, whose first use must come before `expiresAt`. Only its hash is stored. */
  async issue(user: User): Promise<{ ticket: string; expiresAt: string }> {
    const ticket = randomBytes(24).toString('base64url');
    const now = Date.now();
    const { query } = this.database;
    const row = { ticket_hash: hash(ticket), user_id: user.id, claims: JSON.stringify(user), created_at: now };
    await this.database.write([
      query
        .insertInto('tickets')
        .values({ ...row, bound_to: null, stream_id: null })
        .compile(),
      query
        .deleteFrom('tickets')
        .where('created_at', '<', now - this.options.maxAgeMs - this.options.ticketMs)
        .compile(),
    ]);
    return { ticket, expiresAt: new Date(now + this.options.ticketMs).toISOString() };
  }

  /** Reads a ticket that may be used now: a fresh one, or one that was bound in time.
   *  @throws {StreamError} `unauthorized` for any other. */
  async show(ticket: string): Promise<Ticket> {
    const row = await this.database.query
      .selectFrom('tickets')
      .selectAll()
      .where('ticket_hash', '=', hash(ticket))
      .executeTakeFirst();
    const age = row === undefined ? Number.POSITIVE_INFINITY : Date.now() - row.created_at;
    if (row === undefined || age > (row.bound_to === null ? this.options.ticketMs : this.options.maxAgeMs)) {
      throw new StreamError('unauthorized', 'The ticket is not valid any more. Ask for a new one.');
    }
    return {
      key: `ticket:${row.ticket_hash}`,
      user: JSON.parse(row.claims) as User,
      boundTo: row.bound_to ?? undefined,
      streamId: row.stream_id ?? undefined,
    };
  }

  /** Binds a ticket to what it opens; the first to bind wins, and the same again is harmless.
   *  @throws {StreamError} `unauthorized` when it is bound to something else. */
  async bind({ key }: Ticket, { to, streamId }: { to: string; streamId: StreamId | undefined }): Promise<void> {
    const bound = streamId ?? null;
    const ticketHash = key.slice('ticket:'.length);
    const update = this.database.query
      .updateTable('tickets')
      .set({ bound_to: to, stream_id: bound })
      .where('ticket_hash', '=', ticketHash)
      .where((where) =>
        where.or([
          where('bound_to', 'is', null),
          where.and([where('bound_to', '=', to), where('stream_id', bound === null ? 'is' : '=', bound)]),
        ]),
      )
      .compile();
    if (await this.database.write([expectRowChange(update)])) return;
    throw new StreamError('unauthorized', 'The ticket has opened another stream. Ask for a new one.');
  }
}

function hash(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}
