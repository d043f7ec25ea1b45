// Responds to a request with the user's feed: finds its first counter and connects a pump to the response.
import { Inject, Injectable } from '@nestjs/common';
import type { FeedEvent, FeedReady, FeedResync } from '@sillage/protocol';
import { type Ticket, TicketService } from '../../auth/tickets/ticket.service.ts';
import type { User } from '../../auth/user.ts';
import { type Change, FeedRows } from '../../conversations/feed/feed-rows.ts';
import { Feeds } from '../../conversations/feed/feeds.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { badField } from '../../http/errors.ts';
import { takeOver } from '../../platform/adapters.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { namedNotices } from './encoders/notices.ts';
import { FeedPump } from './feed-pump.ts';
import { SharedReads } from './shared-reads.ts';
import { SseSocket } from './sse-socket.ts';

/** The route to which a ticket for the feed is bound. */
const feedRoute = 'feed';

const notices = namedNotices({ expiring: { type: 'auth-expiring' }, revoked: { type: 'error' } });

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

  /** The number of feeds that are read from this process. */
  get readers(): number {
    return this.feeds.size;
  }

  /** Writes the feed of this user after `lastEventId`, or from now on; resolves once the response has begun.
   *  @throws {StreamError} `unauthorized` for a ticket bound to another use, `bad-request` for an id not of the feed. */
  async write(
    user: User,
    { lastEventId, ticket }: { lastEventId: string | undefined; ticket: Ticket | undefined },
    response: unknown,
  ): Promise<void> {
    const requested = counterIn(lastEventId);
    if (ticket !== undefined) await this.tickets.bind(ticket, { to: feedRoute, streamId: undefined });
    // The reader is registered before the rows are read, so that it misses no change in between.
    let pump: FeedPump | undefined;
    let isEnded = false;
    const end = () => {
      isEnded = true;
      pump?.finish();
    };
    const remove = this.feeds.add(user.id, { notify: () => pump?.notify(), end });
    try {
      const beginning = await this.findBeginning(user, requested);
      pump = this.connect(user, { ...beginning, remove }, response);
      if (isEnded) pump.finish();
    } catch (error) {
      remove();
      throw error;
    }
  }

  private connect(
    user: User,
    { after, isResumed, remove }: Beginning & { remove: () => void },
    response: unknown,
  ): FeedPump {
    const { heartbeatMs, maxAgeMs, slowReaderMs } = this.options.timings;
    const socket = new SseSocket(takeOver(response), {
      beginning: blockOf(after, { type: isResumed ? 'ready' : 'resync' }),
      notices,
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

  /** Reads once for all feeds of a user that one change notifies, if their tokens have the same lists. */
  private readChanges(user: User, after: number, limit: number): Promise<readonly Change[]> {
    const key = `${after}/${limit}/${JSON.stringify(user)}`;
    return this.reads.read(key, () => this.rows.changesAfter(user.id, after, limit, user));
  }

  /** Finds the counter to begin after: the requested one if it can be resumed, else the latest one. */
  private async findBeginning(user: User, requested: number | undefined): Promise<Beginning> {
    const { latest, earliest } = await this.rows.position(user.id);
    if (requested === undefined) return { after: latest, isResumed: true };
    const isResumed = requested <= latest && requested >= earliest;
    return { after: isResumed ? requested : latest, isResumed };
  }
}

interface Beginning {
  readonly after: number;
  /** Whether the reader misses no change; otherwise it gets a `resync`. */
  readonly isResumed: boolean;
}

function encode(changes: readonly Change[]): string {
  return changes.map(({ changed, event }) => blockOf(changed, event)).join('');
}

function blockOf(id: number, event: FeedEvent | FeedReady | FeedResync): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}

function counterIn(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw badField('Last-Event-ID', 'must be an id of the feed');
}
