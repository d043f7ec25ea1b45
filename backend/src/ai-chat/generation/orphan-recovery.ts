// Takes over and ends the streams of dead producers, at startup and when the store finds some.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { Feeds } from '../../conversations/feed/feeds.ts';
import { LogLine } from '../../observing/log-line.ts';
import { type OrphanedStream, STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { UsageDays } from '../../usage/usage-days.ts';
import { UsageMeter } from '../../usage/usage-meter.ts';
import { ReplyLog } from './reply-log.ts';

@Injectable()
export class OrphanRecovery {
  private readonly logger = new Logger(OrphanRecovery.name);
  private ending: Promise<void> | undefined;
  private mayHaveMore = false;

  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    private readonly conversations: ConversationService,
    private readonly feeds: Feeds,
    private readonly replies: ReplyLog,
    private readonly meter: UsageMeter,
    private readonly usageDays: UsageDays,
  ) {}

  /** Ends the open streams of dead producers: `stopped` if a stop was stored, else `interrupted`. A failure does not affect
   *  the other streams.
   *  @throws the first error of the store. */
  async endAll(): Promise<void> {
    const orphans = await this.store.takeOver();
    const outcomes = await Promise.allSettled(orphans.map((orphan) => this.end(orphan)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Does the same when the store has found orphans; calls run one after another. Never rejects: the store reports orphans
   *  again. */
  async endFound(): Promise<void> {
    this.mayHaveMore = true;
    this.ending ??= this.endWhileFound();
    await this.ending;
  }

  private async endWhileFound(): Promise<void> {
    try {
      while (this.mayHaveMore) {
        this.mayHaveMore = false;
        await this.endAll();
      }
    } catch (error) {
      this.logger.error(`Streams of a dead node cannot be ended: ${error instanceof Error ? error.stack : error}`);
    } finally {
      this.ending = undefined;
    }
  }

  private async end(orphan: OrphanedStream): Promise<void> {
    const { streamId, userId, isStopRequested, model = '', requestTokens: prompt } = orphan;
    const newEnd = isStopRequested
      ? { finishReason: 'stopped' as const }
      : { finishReason: 'interrupted' as const, code: 'interrupted' as const };
    const { end, isOwn } = await this.store.end(
      orphan,
      newEnd,
      (reply, event) => [
        ...this.usageDays.settle(streamId, Date.now()),
        ...this.conversations.endReply(streamId, { ...reply, end: event }),
      ],
      (reply) => this.meter.measure(reply, { model, prompt, end: newEnd }),
    );
    if (!isOwn) return; // a further node took it over, and has ended it
    const line = `Stream ${streamId} ended as ${end.finishReason}: the process that produced it is gone`;
    this.logger.warn(new LogLine(line, { streamId }));
    this.replies.recovered(orphan, end);
    this.feeds.notify(userId);
  }
}
