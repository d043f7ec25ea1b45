// Logs and measures each reply once, on the node that writes its end; traces those that this process produces.
import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EndEvent, StreamId } from '@sillage/protocol';
import { LogLine } from '../../observing/log-line.ts';
import { OBSERVER, type Observer } from '../../observing/observer.ts';
import { requestContext } from '../../observing/request-context.ts';
import type { TraceSpan } from '../../observing/tracing.ts';
import type { OrphanedStream } from '../../streams/stream-store.ts';
import type { Generation } from './generation.ts';
import type { ReplyTimes } from './reply-clock.ts';

/** A reply that has started. */
export interface StartedReply {
  readonly streamId: StreamId;
  readonly userId: string;
  readonly model: string;
  /** The name of the provider that replies, once it is known, where several are configured. */
  readonly provider: () => string | undefined;
  /** The span of the generation, which ends with it. */
  readonly span: TraceSpan;
}

@Injectable()
export class ReplyLog {
  private readonly logger = new Logger('Replies');

  constructor(@Inject(OBSERVER) private readonly observer: Observer) {}

  /** Logs the start of a generation now, and its end when it comes, which also ends its span. */
  follow(generation: Generation, reply: StartedReply): void {
    const { streamId, userId, model, span } = reply;
    const ids = { requestId: requestContext.getStore()?.requestId, streamId, user: hashOf(userId), model };
    this.logger.log(new LogLine('Reply started.', ids));
    span.set({ 'sillage.stream.id': streamId, 'enduser.pseudo.id': ids.user, 'gen_ai.request.model': model });
    generation.ended.then(
      (end) => {
        const { times } = generation;
        span.set({ 'sillage.finish_reason': end.finishReason, 'sillage.length': end.offset - 1 });
        if (end.finishReason === 'error') span.fail(end.code ?? 'internal');
        span.end();
        if (!generation.isTakenOver) this.ended({ ...ids, provider: reply.provider() }, end, times);
      },
      () => span.end(), // the process is shutting down
    );
  }

  /** Logs the end of a reply that this node has ended for a process that is gone. */
  recovered({ streamId, userId, model }: OrphanedStream, end: EndEvent): void {
    this.ended({ streamId, user: hashOf(userId), model }, end);
  }

  private ended(ids: Ids, end: EndEvent, times?: ReplyTimes): void {
    const { finishReason, code, usage, offset } = end;
    const { durationMs, firstTokenMs } = times ?? {};
    const tokens = { promptTokens: usage?.promptTokens, completionTokens: usage?.completionTokens };
    const result = { finishReason, code, durationMs, firstTokenMs, ...tokens, length: offset - 1 };
    this.logger.log(new LogLine('Reply ended.', { ...ids, ...result }));
    this.observer.replyEnded?.({ model: ids.model, ...end, ...times });
  }
}

/** The ids of a reply in a log line. */
interface Ids {
  readonly requestId?: string | undefined;
  readonly streamId: StreamId;
  readonly user: string;
  readonly model: string | undefined;
  readonly provider?: string | undefined;
}

/** Identifies a user in the log without their id. */
function hashOf(userId: string): string {
  return createHash('sha256').update(userId).digest('hex').slice(0, 16);
}
