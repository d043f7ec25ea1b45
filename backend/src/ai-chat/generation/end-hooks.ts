// Calls the application's `onEnd` for each reply, at least once: a row is written together with the stream and deleted after
// the call has succeeded. Rows that stay, after an exception or a crash, are tried again by the sweep.
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import { DATABASE, type Database, type Statement } from '../../database/database.ts';
import { STREAM_STORE, type StreamRecord, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import type { EndedReply } from '../hooks.ts';

/** Maximum number of calls of one sweep. */
const callsPerSweep = 100;

@Injectable()
export class EndHooks implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(EndHooks.name);
  private readonly calls = new Map<StreamId, Promise<void>>();
  private readonly failing = new Set<StreamId>();
  private timer: NodeJS.Timeout | undefined;
  /** The last stream of the previous sweep, behind which the next one goes on; empty once a sweep has come to the end. */
  private sweptTo = '';

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: Pick<ChatOptions, 'onEnd' | 'timings'>,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.onEnd === undefined) return;
    this.timer = setInterval(() => void this.sweep(), this.options.timings.sweepMs);
    void this.sweep();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.calls.values());
  }

  /** Statements that record the pending call, for the transaction that creates the stream. */
  statementsFor(streamId: StreamId): readonly Statement[] {
    if (this.options.onEnd === undefined) return [];
    const row = { stream_id: streamId, created_at: Date.now() };
    return [this.database.query.insertInto('end_hooks').values(row).compile()];
  }

  /** Calls the hook for a stream that has ended. Never rejects. */
  run(streamId: StreamId): Promise<void> {
    if (this.options.onEnd === undefined) return Promise.resolve();
    const running = this.calls.get(streamId) ?? this.call(streamId).finally(() => this.calls.delete(streamId));
    this.calls.set(streamId, running);
    return running;
  }

  /** Calls the hook for streams that ended some time ago without the call; for a later end, another process may be calling it
   *  now. */
  private async sweep(): Promise<void> {
    const { sweepMs } = this.options.timings;
    try {
      const rows = await this.database.query
        .selectFrom('end_hooks')
        .leftJoin('streams', 'streams.stream_id', 'end_hooks.stream_id')
        .select('end_hooks.stream_id')
        .where((where) =>
          where.or([where('streams.stream_id', 'is', null), where('ended_at', '<', Date.now() - sweepMs)]),
        )
        .where('end_hooks.stream_id', '>', this.sweptTo)
        .orderBy('end_hooks.stream_id')
        .limit(callsPerSweep)
        .execute();
      this.sweptTo = (rows.length === callsPerSweep && rows.at(-1)?.stream_id) || '';
      for (const { stream_id } of rows) await this.run(stream_id);
    } catch (error) {
      this.logger.warn(`Ended replies cannot be read for onEnd; the next sweep retries: ${error}`);
    }
  }

  private async call(streamId: StreamId): Promise<void> {
    try {
      const record = await this.store.find(streamId);
      if (record !== undefined && record.end === undefined) return;
      const reply = record && (await this.replyOf(record));
      if (reply !== undefined) await this.options.onEnd?.(reply); // the hook is not called for an erased or forgotten reply
      const { query } = this.database;
      await this.database.write([query.deleteFrom('end_hooks').where('stream_id', '=', streamId).compile()]);
      this.failing.delete(streamId);
    } catch (error) {
      const isKnown = this.failing.has(streamId);
      this.failing.add(streamId);
      const reason = error instanceof Error ? error.stack : error;
      if (!isKnown) this.logger.error(`onEnd failed for stream ${streamId} and is called again later: ${reason}`);
    }
  }

  private async replyOf({ streamId, userId, sessionId, end }: StreamRecord): Promise<EndedReply | undefined> {
    const view = end && (await this.store.open(streamId, () => {}));
    if (end === undefined || view === undefined) return undefined;
    let text = '';
    for (let event = view.next(0); event !== undefined && event.type !== 'end'; event = view.next(event.offset)) {
      if (event.type === 'text') text += event.text;
    }
    view.close();
    const { finishReason, code, usage } = end;
    return {
      streamId,
      userId,
      ...(sessionId !== undefined && { sessionId }),
      text,
      finishReason,
      ...(code && { code }),
      ...(usage && { usage }),
    };
  }
}
