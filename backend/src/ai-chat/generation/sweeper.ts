// Forgets what is old: texts of ended streams, idempotency keys, and the names of deleted conversations.
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { TicketService } from '../../auth/ticket.service.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { SettledClock } from './settled-clock.ts';

/** Sweeps on an interval. While the clock has not lasted, what is old is judged by the newest end that has. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Sweeper.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly clock: SettledClock;
  private readonly failing = new Set<string>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly conversations: ConversationService,
    private readonly tickets: TicketService,
    @Optional() clock?: SettledClock,
  ) {
    this.clock = clock ?? new SettledClock({ settleMs: options.timings.clockSettleMs });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { sweepMs, deletionsMs } = this.options.timings;
    const sweep = async () => {
      await this.attempt('Old streams', () => this.sweepStreams());
      await this.attempt('Old tickets', () => this.tickets.sweep());
    };
    const forget = () => this.attempt('Deletions', () => this.conversations.sweep(Date.now(), deletionsMs));
    this.timers.push(setInterval(sweep, sweepMs), setInterval(forget, Math.min(sweepMs, Math.max(deletionsMs, 1))));
    await Promise.all([sweep(), forget()]);
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Forgets streams and keys that are old by a time that has lasted. */
  async sweepStreams(): Promise<void> {
    const { now, isSettled, hasJumped } = this.clock.read();
    if (hasJumped)
      this.logger.warn('The clock has jumped by more than an hour. What is old is forgotten when it lasts.');
    const behindMs = isSettled ? 0 : now - (await this.newestLastingEnd(now));
    const { retentionMs, forgottenMs, idempotencyMs } = this.options.timings;
    await this.store.sweep({
      retentionMs: retentionMs + behindMs,
      forgottenMs: forgottenMs + behindMs,
      idempotencyMs: idempotencyMs + behindMs,
    });
  }

  /** Reads the time of the newest end that lies as far back as a clock must last; 0 for none. */
  private async newestLastingEnd(now: number): Promise<number> {
    const row = await this.database.query
      .selectFrom('streams')
      .select((select) => select.fn.max('ended_at').as('newest'))
      .where('ended_at', '<=', now - this.options.timings.clockSettleMs)
      .executeTakeFirst();
    return Number(row?.newest ?? 0);
  }

  private async attempt(what: string, sweep: () => Promise<void>): Promise<void> {
    try {
      await sweep();
      this.failing.delete(what);
    } catch (error) {
      if (!this.failing.has(what)) this.logger.warn(`${what} cannot be forgotten; it is tried again: ${error}`);
      this.failing.add(what);
    }
  }
}
