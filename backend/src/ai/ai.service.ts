// Streams replies of the model, from the provider that has it, and parses them itself. `streamEvents` is the typed source; the
// two other methods are projections of it.
import { Inject, Injectable, Logger, type LoggerService, type OnApplicationShutdown } from '@nestjs/common';
import { type FailureCode, StreamError, type Usage } from '@sillage/protocol';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { noTracing } from '../observing/tracing.ts';
import { AI_OPTIONS, type AiOptions } from './ai-options.ts';
import type { ModelEvent } from './model-event.ts';
import { abortOnReturn } from './provider/abort-on-return.ts';
import { CallTrace } from './provider/call-trace.ts';
import { logLine } from './provider/failures/log-line.ts';
import { describedFailure, providerFailure } from './provider/failures/provider-errors.ts';
import { completionRequestOf } from './provider/request/completion-request.ts';
import { ProviderClient } from './provider/request/provider-client.ts';
import { readReply } from './provider/response/read-reply.ts';
import { withFallback } from './provider/with-fallback.ts';

/** Options of one completion request. Leaving the loop is equivalent to aborting `signal`: the provider's connection
 *  is closed. */
export interface CompletionOptions {
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** The only provider to try, by its name in `ai_providers`; default: those that have the model. */
  readonly provider?: string | undefined;
  /** Whether `<think>` tags are read as reasoning; default: as the settings say. */
  readonly thinkTags?: boolean | undefined;
  /** Called with the name of the provider that replies, where several are configured. */
  readonly onProvider?: ((name: string) => void) | undefined;
  /** Called with each usage that the provider sends. Before the end it may count less than the whole reply. */
  readonly onUsage?: ((usage: Usage) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Item that `streamChatWithMetadata` yields. Only the last one has `done: true`. */
export interface ChatProgress {
  content?: string;
  done: boolean;
  /** Error message for the user. */
  error?: string;
}

@Injectable()
export class AiService implements OnApplicationShutdown {
  readonly #options: AiOptions;
  readonly #providers: readonly [ProviderClient, ...ProviderClient[]];
  readonly #secrets: readonly string[];
  readonly #logger: LoggerService;
  readonly #unknownFinishReasons = new Set<string>();

  constructor(@Inject(AI_OPTIONS) options: AiOptions) {
    this.#options = options;
    this.#logger = options.logger ?? new Logger(AiService.name);
    const [first = { ...options, name: undefined }, ...others] = options.providers ?? [];
    this.#providers = [new ProviderClient(first, options), ...others.map((one) => new ProviderClient(one, options))];
    this.#secrets = this.#providers.flatMap(({ secrets }) => secrets);
  }

  /** Yields the model's events: `text` and `reasoning`, merged per read from the provider, then one `end`. After
   *  `options.signal` is aborted it returns without `end`.
   *  @throws {StreamError} a `FailureCode`, `ai-disabled`, or `internal` when no provider has the name. */
  streamEvents(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions = {},
  ): AsyncGenerator<ModelEvent, void, unknown> {
    const { model = this.#options.model, provider: chosen, onProvider } = options;
    const providers =
      chosen === undefined ? this.#providersOf(model) : [this.#providers.find(({ name }) => name === chosen)];
    const [only, ...others] = providers;
    if (others.length === 0) {
      if (only?.name !== undefined) onProvider?.(only.name);
      return this.#read(only, messages, userId, options);
    }
    return abortOnReturn(options.signal, (signal) => {
      const candidates = providers.map((provider) => ({
        name: provider?.name,
        read: () => this.#read(provider, messages, userId, { ...options, signal }),
      }));
      return withFallback(candidates, {
        onFirstEvent: (name, failed) => {
          if (failed.length > 0) this.#logger.log(`${name} replies instead of ${failed.join(', ')} [${model}]`);
          if (name !== undefined) onProvider?.(name);
        },
        onFailure: ({ code, cause }, { failed, next }) => {
          const reason = cause instanceof Error ? `${code}: ${cause.message}` : code;
          this.#logger.warn(`${failed} failed before its first token, trying ${next}: ${reason} [${model}]`);
        },
      });
    });
  }

  /** Yields the reply's text as it arrives.
   *  @throws {StreamError} a `FailureCode`, or `ai-disabled`. */
  streamChat(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions = {},
  ): AsyncGenerator<string, void, unknown> {
    return abortOnReturn(options.signal, (signal) =>
      textsOf(this.streamEvents(messages, userId, { ...options, signal })),
    );
  }

  /** Yields the reply's text as it arrives, then `{ done: true }`, with an `error` if the reply failed. Never
   *  throws. */
  streamChatWithMetadata(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions = {},
  ): AsyncGenerator<ChatProgress, void, unknown> {
    return abortOnReturn(options.signal, (signal) =>
      progressOf(this.streamChat(messages, userId, { ...options, signal })),
    );
  }

  onApplicationShutdown(): void {
    for (const provider of this.#providers) provider.close();
  }

  /** Returns the providers to try for a model, in this order: without fallback, the first that has it. */
  #providersOf(model: string): readonly ProviderClient[] {
    const having = this.#providers.filter((provider) => provider.has(model));
    if (having.length === 0) return [this.#providers[0]];
    return this.#options.fallback ? having : having.slice(0, 1);
  }

  /** Reads the reply of one provider. */
  #read(
    provider: ProviderClient | undefined,
    messages: ChatCompletionMessageParam[],
    userId: string,
    { signal, thinkTags = this.#options.thinkTags, ...options }: CompletionOptions,
  ): AsyncGenerator<ModelEvent, void, unknown> {
    const settings = this.#options;
    const { model = settings.model, temperature, maxTokens } = options;
    const call = new CallTrace(settings.tracing ?? noTracing, {
      model,
      temperature,
      maxTokens,
      provider: provider?.settings,
    });
    return readReply({
      send: async (connection) => {
        if (!settings.enabled) throw new StreamError('ai-disabled', 'AI is switched off on this server.');
        if (provider === undefined) {
          throw new StreamError('internal', `ai_providers has no provider with the name ${options.provider}.`);
        }
        const request = completionRequestOf(messages, userId, { ...options, settings });
        return call.run(() => provider.send(request, connection));
      },
      failure: async (error) => {
        const failure = await describedFailure(error, { secrets: this.#secrets, messages: textsIn(messages) });
        settings.observer?.providerFailed?.(failure.code as FailureCode);
        return failure;
      },
      onUnknownFinishReason: (said) => void this.#logUnknown(said, messages),
      onUsage: options.onUsage,
      onFirstEvent: () => call.began(),
      onClosed: (reply) => call.end(reply),
      timings: settings.timings,
      thinkTags,
      signal,
    });
  }

  async #logUnknown(said: string, messages: readonly ChatCompletionMessageParam[]): Promise<void> {
    const line = await logLine(said, { secrets: this.#secrets, messages: textsIn(messages) });
    const word = line.slice(0, 60).replace(/[^\w .:[\]-]/g, '?');
    if (this.#unknownFinishReasons.has(word) || this.#unknownFinishReasons.size >= mostWordsLogged) return;
    this.#unknownFinishReasons.add(word);
    this.#logger.warn(`The provider ends replies with an unknown finish_reason: ${word}. It counts as stop`);
  }
}

const mostWordsLogged = 100;

/** Returns all texts of the messages, including those of content parts. */
function textsIn(messages: readonly ChatCompletionMessageParam[]): string[] {
  return messages.flatMap(({ content }) => {
    if (typeof content === 'string') return [content];
    return (content ?? []).flatMap((part) => ('text' in part ? [part.text] : []));
  });
}

async function* textsOf(events: AsyncGenerator<ModelEvent, void, unknown>): AsyncGenerator<string, void, unknown> {
  for await (const event of events) if (event.type === 'text') yield event.text;
}

async function* progressOf(texts: AsyncGenerator<string, void, unknown>): AsyncGenerator<ChatProgress, void, unknown> {
  try {
    for await (const content of texts) yield { content, done: false };
  } catch (error) {
    yield { error: providerFailure(error).message, done: true };
    return;
  }
  yield { done: true };
}
