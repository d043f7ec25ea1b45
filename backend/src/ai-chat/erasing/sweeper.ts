// Deletes old data: texts of ended streams, idempotency keys, and the records of deleted conversations.
import { setImmediate } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { Revocations } from '../../auth/revocation/revocations.ts';
import { TicketService } from '../../auth/tickets/ticket.service.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { StreamRemoval } from '../../streams/stream-removal.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { SettledClock } from './settled-clock.ts';

/** Sweeps on an interval. While the clock is not settled, the newest end that is old enough replaces the current time. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Sweeper.name);
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly clock: SettledClock;
  private readonly failing = new Set<string>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly removal: StreamRemoval,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly conversations: ConversationService,
    private readonly tickets: TicketService,
    private readonly revocations: Revocations,
    @Optional() clock?: SettledClock,
  ) {
    this.clock = clock ?? new SettledClock({ settleMs: options.timings.clockSettleMs });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { sweepMs, deletionsMs } = this.options.timings;
    const sweep = async () => {
      await this.attempt('Old streams', () => this.sweepStreams());
      await this.attempt('Old tickets', () => this.tickets.sweep());
      await this.attempt('Old revocations', () => this.sweepRevocations());
    };
    const forget = () => this.attempt('Deletions', () => this.conversations.sweep(Date.now(), deletionsMs));
    this.timers.push(setInterval(sweep, sweepMs), setInterval(forget, Math.min(sweepMs, Math.max(deletionsMs, 1))));
    await Promise.all([sweep(), forget()]);
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** Deletes streams and keys that are old by a settled time. */
  async sweepStreams(): Promise<void> {
    const { now, isSettled, hasJumped } = this.clock.read();
    if (hasJumped)
      this.logger.warn('The clock has jumped by more than an hour. Old data is deleted once the clock is settled.');
    const behindMs = isSettled ? 0 : now - (await this.newestLastingEnd(now));
    const { retentionMs, forgottenMs, idempotencyMs } = this.options.timings;
    const ages = {
      retentionMs: retentionMs + behindMs,
      forgottenMs: forgottenMs + behindMs,
      idempotencyMs: idempotencyMs + behindMs,
    };
    for await (const _ of this.removal.sweep(now, ages)) await setImmediate();
  }

  /** With a clock that was set forward by mistake, a revocation would end before its token. */
  private async sweepRevocations(): Promise<void> {
    const { now, isSettled } = this.clock.read();
    if (isSettled) await this.revocations.sweep(now);
  }

  /** Reads the time of the newest end that is at least `clockSettleMs` old; 0 if there is none. */
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
      if (!this.failing.has(what)) this.logger.warn(`${what} cannot be deleted; the next sweep retries: ${error}`);
      this.failing.add(what);
    }
  }
}
