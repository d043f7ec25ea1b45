// Deletes what was erased, in the background: bounded steps with pauses, so that nobody else waits. The marks are rows, so
// what a restart cuts off goes on at the next start, or on another node.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ErasureRows, type PendingErasure } from '../../conversations/erasure-rows.ts';
import { Feeds } from '../../conversations/feeds.ts';
import { CONVERSATION_SEARCH, type ConversationSearch } from '../../conversations/search/conversation-search.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';

@Injectable()
export class Purger implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Purger.name);
  private readonly rows: ErasureRows;
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;
  private mayHaveMore = false;
  private wordsDroppedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  /** Counts steps, for the tests that bound them. */
  steps = 0;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CONVERSATION_SEARCH) private readonly search: ConversationSearch,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly feeds: Feeds,
  ) {
    this.rows = new ErasureRows(database);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.wake(), this.options.timings.sweepMs);
    this.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    await this.running;
  }

  /** Purges what is marked, now. Never rejects: a failure is logged, and the next interval tries again. */
  wake(): void {
    this.mayHaveMore = true;
    this.running ??= this.run();
  }

  /** Resolves when nothing is being purged. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (this.mayHaveMore && !this.closing.signal.aborted) {
        this.mayHaveMore = false;
        await this.purgeAll();
      }
    } catch (error) {
      if (!this.closing.signal.aborted) this.logger.error(`What was erased cannot be purged: ${describe(error)}`);
    } finally {
      this.running = undefined;
    }
  }

  private async purgeAll(): Promise<void> {
    for (;;) {
      const erasure = await this.rows.findPending();
      if (erasure === undefined) break;
      await this.purgeOne(erasure);
    }
    await this.dropWords();
  }

  private async purgeOne(erasure: PendingErasure): Promise<void> {
    for await (const _ of this.rows.purge(erasure, Date.now)) {
      if (erasure.sessionId === undefined) this.feeds.wake(erasure.userId);
      await this.pause();
    }
    for await (const _ of this.store.purge(erasure)) await this.pause();
    await this.rows.markPurged(erasure, Date.now());
  }

  /** Drops words from the search index, seldom: that rewrites it. */
  private async dropWords(): Promise<void> {
    const purgedAt = await this.rows.lastPurgedAt();
    if (purgedAt === undefined || performance.now() - this.wordsDroppedAt < this.options.timings.wordsDropMs) return;
    this.wordsDroppedAt = performance.now();
    while (await this.search.dropDeletedWords()) await this.pause();
    await this.rows.forgetPurged(purgedAt);
  }

  private async pause(): Promise<void> {
    this.steps++;
    await delay(this.options.timings.purgePauseMs, undefined, { signal: this.closing.signal });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.stack}${error.cause ? ` because of ${error.cause}` : ''}` : String(error);
}
