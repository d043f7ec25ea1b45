// Deletes erased rows in the background, in bounded steps with pauses, so that other work does not wait. The marks are rows,
// so an interrupted purge continues after a restart or on another node.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ErasureRows, type PendingErasure } from '../../conversations/erasing/erasure-rows.ts';
import { Feeds } from '../../conversations/feed/feeds.ts';
import { CONVERSATION_SEARCH, type ConversationSearch } from '../../conversations/search/conversation-search.ts';
import { DATABASE, type Database } from '../../database/database.ts';
import { describeError } from '../../streams/describe-error.ts';
import { StreamRemoval } from '../../streams/stream-removal.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';

/** Number of steps after which deleted words are dropped from the search index. One merge of the index walks all words that
 *  were deleted since the last one without a pause, so this bounds it (a step deletes at most 256 kB of text). */
const stepsPerDrop = 32;

@Injectable()
export class Purger implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Purger.name);
  private readonly rows: ErasureRows;
  private readonly closing = new AbortController();
  private running: Promise<void> | undefined;
  private mayHaveMore = false;
  private stepsSinceDrop = 0;
  private wordsDroppedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  /** Number of steps so far, for tests. */
  steps = 0;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CONVERSATION_SEARCH) private readonly search: ConversationSearch,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly feeds: Feeds,
    private readonly removal: StreamRemoval,
  ) {
    this.rows = new ErasureRows(database);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.notify(), this.options.timings.sweepMs);
    this.notify();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    await this.running;
  }

  /** Starts to purge the marked rows now. A failure is logged, and the next interval retries. */
  notify(): void {
    this.mayHaveMore = true;
    this.running ??= this.run();
  }

  /** Resolves when no purge is running. */
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
      if (!this.closing.signal.aborted)
        this.logger.error(`Erased rows cannot be purged; the next interval retries: ${describeError(error)}`);
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
    await this.dropLastWords();
  }

  private async purgeOne(erasure: PendingErasure): Promise<void> {
    for await (const _ of this.rows.purge(erasure, Date.now)) {
      if (erasure.sessionId === undefined) this.feeds.notify(erasure.userId);
      await this.pause();
      this.stepsSinceDrop++;
      if (this.stepsSinceDrop >= stepsPerDrop) await this.dropWords();
    }
    for await (const _ of this.removal.erase(erasure, Date.now())) await this.pause();
    for await (const _ of this.store.dropErased()) await this.pause();
    await this.rows.markPurged(erasure, Date.now());
  }

  /** Drops the remaining deleted words from the search index; rarely, as it rewrites the index. */
  private async dropLastWords(): Promise<void> {
    const purgedAt = await this.rows.lastPurgedAt();
    if (purgedAt === undefined || performance.now() - this.wordsDroppedAt < this.options.timings.wordsDropMs) return;
    this.wordsDroppedAt = performance.now();
    await this.dropWords();
    await this.rows.forgetPurged(purgedAt);
  }

  private async dropWords(): Promise<void> {
    this.stepsSinceDrop = 0;
    while (await this.search.dropDeletedWords()) await this.pause();
  }

  private async pause(): Promise<void> {
    this.steps++;
    await delay(this.options.timings.purgePauseMs, undefined, { signal: this.closing.signal });
  }
}
