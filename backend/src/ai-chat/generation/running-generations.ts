// The running generations of this process: found by stream, ended without readers, and ended at shutdown.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { EndEvent, StreamId } from '@sillage/protocol';
import { Feeds } from '../../conversations/feed/feeds.ts';
import { LogLine } from '../../observing/log-line.ts';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import type { EarlyEnd, Generation } from './generation.ts';
import { OrphanRecovery } from './orphan-recovery.ts';

const shutdownEnd = { finishReason: 'interrupted', code: 'interrupted' } satisfies EarlyEnd;

/** Owns every running generation and the timer that ends abandoned ones. */
@Injectable()
export class RunningGenerations implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RunningGenerations.name);
  private readonly byStream = new Map<StreamId, Generation>();
  private readonly starts = new Set<Promise<unknown>>();
  private timers: NodeJS.Timeout[] = [];
  private isGraceOver = false;
  /** Whether the process is shutting down, so that starts are refused. */
  isClosing = false;

  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    private readonly feeds: Feeds,
    private readonly orphans: OrphanRecovery,
  ) {}

  /** Ends the streams that a crash left open, before the server accepts requests. */
  async onApplicationBootstrap(): Promise<void> {
    this.store.watch({
      endWanted: (streamId) => void this.find(streamId)?.endEarly({ finishReason: 'stopped' }),
      orphansFound: () => void this.orphans.endFound(),
    });
    await this.orphans.endAll();
    this.timers = [setInterval(() => this.endAbandoned(), this.options.timings.abandonedCheckMs)];
  }

  /** Runs a start. A shutdown waits for it, so that the generation which it adds ends before the store closes. */
  async trackStart<Result>(start: () => Promise<Result>): Promise<Result> {
    const running = start();
    this.starts.add(running);
    try {
      return await running;
    } finally {
      this.starts.delete(running);
    }
  }

  /** Adds a generation that has just begun. */
  add(generation: Generation): void {
    const { streamId, userId } = generation.stream;
    this.byStream.set(streamId, generation);
    const remove = () => {
      this.byStream.delete(streamId);
      this.feeds.notify(userId);
    };
    generation.ended.then((end) => {
      remove();
      this.logInterruption(generation, end);
    }, remove);
    if (this.isGraceOver) void generation.endEarly(shutdownEnd);
  }

  /** The number of replies that this process produces. */
  get size(): number {
    return this.byStream.size;
  }

  find(streamId: StreamId): Generation | undefined {
    return this.byStream.get(streamId);
  }

  /** Waits up to `shutdownGraceMs` for starts and running replies, then ends the rest as `interrupted`. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    for (const timer of this.timers) clearInterval(timer);
    const grace = new AbortController();
    const ended = async () => {
      await Promise.allSettled(this.starts);
      await Promise.allSettled([...this.byStream.values()].map((generation) => generation.ended));
    };
    const timeUp = delay(this.options.timings.shutdownGraceMs, undefined, { signal: grace.signal }).catch(() => {});
    await Promise.race([ended(), timeUp]);
    grace.abort();
    this.isGraceOver = true;
    for (const generation of this.byStream.values()) void generation.endEarly(shutdownEnd);
    const limit = delay(this.options.timings.storageRetryMs * 4, undefined, { ref: false }); // in case the storage fails
    await Promise.race([ended(), limit]);
    this.feeds.close(); // last, so that the feeds report these ends
  }

  private logInterruption({ stream: { streamId }, isTakenOver }: Generation, { finishReason, code }: EndEvent): void {
    if (finishReason !== 'interrupted') return;
    const here = code === 'abandoned' ? 'nobody was reading it' : 'the server is shutting down';
    const cause = isTakenOver ? 'another node took it over' : here;
    this.logger.warn(new LogLine(`Stream ${streamId} was interrupted: ${cause}`, { streamId }));
  }

  private endAbandoned(): void {
    const { abandonedMs, firstReaderMs } = this.options.timings;
    for (const generation of this.byStream.values()) {
      const unread = this.store.unread(generation.stream);
      const limitMs = unread?.wasRead ? abandonedMs : Math.max(abandonedMs, firstReaderMs);
      if (unread !== undefined && unread.forMs >= limitMs) {
        void generation.endEarly({ finishReason: 'interrupted', code: 'abandoned' });
      }
    }
  }
}
