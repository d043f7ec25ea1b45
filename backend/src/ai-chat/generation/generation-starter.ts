// Sends the completion request of a stream, starts its generation once the stream is stored, and runs what follows its end.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AiService } from '../../ai/ai.service.ts';
import { AI_OPTIONS, type AiOptions } from '../../ai/ai-options.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { LogLine } from '../../observing/log-line.ts';
import { OBSERVER, type Observer } from '../../observing/observer.ts';
import { TRACING, type Tracing } from '../../observing/tracing.ts';
import { type OpenStream, STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { UsageDays } from '../../usage/usage-days.ts';
import { UsageMeter } from '../../usage/usage-meter.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import { Timelines } from '../timeline/timelines.ts';
import { describeFailure } from './describe-failure.ts';
import { EndHooks } from './end-hooks.ts';
import { Generation, type GenerationOptions } from './generation.ts';
import { ReplyLog } from './reply-log.ts';
import { RunningGenerations } from './running-generations.ts';
import { type Completion, type Context, SentCompletion } from './sent-completion.ts';
import { Titler } from './titler.ts';

@Injectable()
export class GenerationStarter {
  private readonly logger = new Logger(GenerationStarter.name);

  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
    @Inject(AI_OPTIONS) private readonly aiOptions: AiOptions,
    private readonly ai: AiService,
    private readonly conversations: ConversationService,
    private readonly generations: RunningGenerations,
    private readonly titler: Titler,
    private readonly endHooks: EndHooks,
    private readonly meter: UsageMeter,
    private readonly usageDays: UsageDays,
    private readonly replies: ReplyLog,
    private readonly timelines: Timelines,
    @Inject(OBSERVER) private readonly observer: Observer,
    @Inject(TRACING) private readonly tracing: Tracing,
  ) {}

  /** Returns the texts that are sent to the model. */
  textsOf({ messages, systemPrompt = this.aiOptions.systemPrompt }: Omit<Context, 'trimmedTurns'>): string[] {
    return [...(systemPrompt === undefined ? [] : [systemPrompt]), ...messages.map(({ content }) => content)];
  }

  /** Sends the completion request of a stream that is not stored yet. */
  send(userId: string, request: Completion, context: Context): SentCompletion {
    const { model, temperature, maxTokens } = request;
    const { messages, systemPrompt, provider } = context;
    const system = systemPrompt === undefined ? [] : [{ role: 'system' as const, content: systemPrompt }];
    return new SentCompletion(
      (options) =>
        this.ai.streamEvents([...system, ...messages], userId, {
          ...options,
          model,
          ...(temperature !== undefined && { temperature }),
          ...(maxTokens !== undefined && { maxTokens }),
          ...(provider !== undefined && { provider }),
        }),
      { request, context, span: this.tracing.start('sillage.generation') },
    );
  }

  /** Starts the generation of a stored stream; it continues on its own. */
  start(stream: OpenStream, sent: SentCompletion): void {
    const { streamId, userId } = stream;
    const { context, span } = sent;
    const { model, sessionId } = sent.request;
    const options: GenerationOptions = {
      stream,
      store: this.store,
      requestCompletion: () => sent.events,
      abort: sent.abort,
      extraStatements: (reply, end) => [
        ...this.usageDays.settle(streamId, Date.now()),
        ...this.conversations.endReply(streamId, { ...reply, provider: sent.provider, end }),
        ...this.timelines.endStatements(streamId),
      ],
      measureUsage: (reply, end) =>
        this.meter.measure(reply, { model, prompt: this.textsOf(context), end, partial: sent.partial }),
      maxReply: this.options.maxReply,
      observer: this.observer,
      tracing: this.tracing,
      timeline: this.timelines.begin(streamId),
      trimmedTurns: context.trimmedTurns,
      onFailure: (error) => {
        const line = `Stream ${streamId} failed: ${describeFailure(error)} [${model}]`;
        this.logger.warn(new LogLine(line, { streamId }));
      },
    };
    const generation = span.run(() => new Generation(options));
    this.generations.add(generation);
    this.replies.follow(generation, { streamId, userId, model, provider: () => sent.provider, span });
    void generation.ended.finally(() => this.timelines.ended(streamId)).catch(() => {}); // ReplyLog
    this.followUp(generation, sessionId);
  }

  /** Calls the hook of the application, and titles the conversation. */
  private followUp({ ended, stream: { streamId, userId } }: Generation, sessionId: string | undefined): void {
    ended.then(
      () => this.endHooks.run(streamId),
      () => {}, // the process is shutting down; the sweep of the next one calls the hook
    );
    if (sessionId === undefined) return;
    ended.then(
      (end) => this.titler.afterReply({ userId, sessionId }, streamId, end),
      () => {}, // the process is shutting down
    );
  }
}
