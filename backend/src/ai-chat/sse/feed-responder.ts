// Answers a request with the user's feed: finds where it begins, and joins it to the response.
import { Inject, Injectable } from '@nestjs/common';
import type { FeedEvent, FeedResync } from '@sillage/protocol';
import type { Response } from 'express';
import { type Ticket, TicketService } from '../../auth/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { type Change, FeedRows } from '../../conversations/feed-rows.ts';
import { Feeds } from '../../conversations/feeds.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { badField } from '../../http/errors.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { FeedPump } from './feed-pump.ts';
import { SharedReads } from './shared-reads.ts';
import { SseSocket } from './sse-socket.ts';

/** Is what a ticket for the feed is bound to. */
const feedRoute = 'feed';

@Injectable()
export class FeedResponder {
  private readonly rows: FeedRows;
  private readonly reads = new SharedReads<readonly Change[]>();

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly feeds: Feeds,
    private readonly tickets: TicketService,
  ) {
    this.rows = new FeedRows(database.query);
  }

  /** Writes the feed of this user behind `lastEventId`, or from now on; resolves once it is under way.
   *  @throws {StreamError} `unauthorized` for a ticket that opened something else, `bad-request` for an id of elsewhere. */
  async write(
    user: User,
    { lastEventId, ticket }: { lastEventId: string | undefined; ticket: Ticket | undefined },
    response: Response,
  ): Promise<void> {
    const asked = counterIn(lastEventId);
    if (ticket !== undefined) await this.tickets.bind(ticket, { to: feedRoute, streamId: undefined });
    // Who begins now is added before the rows are read, so that nothing falls between.
    let pump: FeedPump | undefined;
    let isEnded = false;
    const end = () => {
      isEnded = true;
      pump?.finish();
    };
    const remove = this.feeds.add(user.id, { wake: () => pump?.wake(), end });
    try {
      const beginning = await this.beginning(user, asked);
      pump = this.join(user, { ...beginning, remove }, response);
      if (isEnded) pump.finish();
    } catch (error) {
      remove();
      throw error;
    }
  }

  private join(
    user: User,
    { after, isResumed, remove }: Beginning & { remove: () => void },
    response: Response,
  ): FeedPump {
    const { heartbeatMs, maxAgeMs, slowReaderMs } = this.options.timings;
    const socket = new SseSocket(response, {
      beginning: isResumed ? `id: ${after}\n\n` : blockOf(after, { type: 'resync' }),
      slowReaderMs,
      onReady: () => pump.ready(),
      onClose: () => pump.close(),
    });
    const pump = new FeedPump(
      {
        write: (changes) => socket.write(encode(changes)),
        heartbeat: () => socket.heartbeat(),
        end: () => socket.end(),
      },
      {
        after,
        heartbeatMs,
        maxAgeMs,
        read: (from, limit) => this.readChanges(user, from, limit),
        onClose: remove,
      },
    );
    socket.begin();
    return pump;
  }

  /** All feeds of a user that are woken by one change ask for the same, where their tokens list the same. */
  private readChanges(user: User, after: number, limit: number): Promise<readonly Change[]> {
    const key = `${after}/${limit}/${JSON.stringify(user)}`;
    return this.reads.read(key, () => this.rows.changesAfter(user.id, after, limit, user));
  }

  /** Resumes where that is possible, else begins now and says so. */
  private async beginning(user: User, asked: number | undefined): Promise<Beginning> {
    const { latest, earliest } = await this.rows.position(user.id);
    if (asked === undefined) return { after: latest, isResumed: true };
    const isResumed = asked <= latest && asked >= earliest;
    return { after: isResumed ? asked : latest, isResumed };
  }
}

interface Beginning {
  readonly after: number;
  /** Nothing is missing between what was seen and what comes. */
  readonly isResumed: boolean;
}

function encode(changes: readonly Change[]): string {
  return changes.map(({ changed, event }) => blockOf(changed, event)).join('');
}

function blockOf(id: number, event: FeedEvent | FeedResync): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}

function counterIn(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw badField('Last-Event-ID', 'must be an id of the feed');
}
