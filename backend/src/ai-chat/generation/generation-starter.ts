// Starts the generation of a stream that was just created, and what follows its end.
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Usage } from '@sillage/protocol';
import { AiService } from '../../ai/ai.service.ts';
import { AI_OPTIONS, type AiOptions } from '../../ai/ai-options.ts';
import type { FittedContext } from '../../ai/context/context-fitter.ts';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { OBSERVER, type Observer } from '../../observing/observer.ts';
import { TRACING, type Tracing } from '../../observing/tracing.ts';
import { type OpenStream, STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { UsageDays } from '../../usage/usage-days.ts';
import { UsageMeter } from '../../usage/usage-meter.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';
import type { PreparedChat } from '../hooks.ts';
import { Timelines } from '../timeline/timelines.ts';
import { describeFailure } from './describe-failure.ts';
import { EndHooks } from './end-hooks.ts';
import { Generation, type GenerationOptions } from './generation.ts';
import { ReplyLog } from './reply-log.ts';
import { RunningGenerations } from './running-generations.ts';
import { Titler } from './titler.ts';

/** What is sent to the model. */
type Context = FittedContext & Pick<PreparedChat, 'systemPrompt' | 'provider'>;

/** How it is sent, and the conversation of the reply. */
interface Completion {
  readonly sessionId: string | undefined;
  readonly model: string;
  readonly temperature: number | undefined;
  readonly maxTokens: number | undefined;
}

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

  /** Starts the generation; it continues on its own. */
  start(stream: OpenStream, request: Completion, context: Context): void {
    const { streamId, userId } = stream;
    const { model, sessionId } = request;
    let provider: string | undefined;
    let partial: Usage | undefined;
    const span = this.tracing.start('sillage.generation');
    const options: GenerationOptions = {
      stream,
      store: this.store,
      requestCompletion: (signal) =>
        this.requestCompletion(userId, request, context, {
          signal,
          onProvider: (name) => {
            provider = name;
          },
          onUsage: (usage) => {
            partial = usage;
          },
        }),
      extraStatements: (reply, end) => [
        ...this.usageDays.settle(streamId, Date.now()),
        ...this.conversations.endReply(streamId, { ...reply, provider, end }),
        ...this.timelines.endStatements(streamId),
      ],
      measureUsage: (reply, end) => this.meter.measure(reply, { model, prompt: this.textsOf(context), end, partial }),
      maxReply: this.options.maxReply,
      observer: this.observer,
      tracing: this.tracing,
      timeline: this.timelines.begin(streamId),
      trimmedTurns: context.trimmedTurns,
      onFailure: (error) => this.logger.warn(`Stream ${streamId} failed: ${describeFailure(error)} [${model}]`),
    };
    const generation = span.run(() => new Generation(options));
    this.generations.add(generation);
    this.replies.follow(generation, { streamId, userId, model, provider: () => provider, span });
    void generation.ended.finally(() => this.timelines.ended(streamId)).catch(() => {}); // ReplyLog
    this.followUp(generation, sessionId);
  }

  private requestCompletion(
    userId: string,
    { model, temperature, maxTokens }: Completion,
    { messages, systemPrompt, provider }: Context,
    callbacks: {
      readonly signal: AbortSignal;
      readonly onProvider: (name: string) => void;
      readonly onUsage: (usage: Usage) => void;
    },
  ) {
    const system = systemPrompt === undefined ? [] : [{ role: 'system' as const, content: systemPrompt }];
    return this.ai.streamEvents([...system, ...messages], userId, {
      ...callbacks,
      model,
      ...(temperature !== undefined && { temperature }),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(provider !== undefined && { provider }),
    });
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
