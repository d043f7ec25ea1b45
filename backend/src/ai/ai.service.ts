// Asks a model: the OpenAI SDK makes the request, our own parser reads the reply. `streamEvents` is the typed source,
// the two others are projections of it.
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import OpenAI, { APIError } from 'openai';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { AI_OPTIONS, type AiOptions } from './ai-options.ts';
import type { ModelEvent } from './model-event.ts';
import { abortOnReturn } from './provider/abort-on-return.ts';
import { completionRequestOf } from './provider/completion-request.ts';
import type { ProviderBody } from './provider/provider-body.ts';
import { describedFailure, failureOf, providerFailure } from './provider/provider-errors.ts';
import { ProviderTransport } from './provider/provider-fetch.ts';
import { readReply } from './provider/read-reply.ts';
import { type Adaptation, RefusedParameters } from './provider/refused-parameters.ts';

/** Shapes one question. Leaving the loop does the same as aborting `signal`: the provider's connection is closed. */
export interface CompletionOptions {
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Is what `streamChatWithMetadata` yields; the last one, and only it, is `done`. */
export interface ChatProgress {
  content?: string;
  done: boolean;
  /** What a person can do about it. */
  error?: string;
}

@Injectable()
export class AiService implements OnApplicationShutdown {
  readonly #options: AiOptions;
  readonly #transport: ProviderTransport;
  readonly #client: OpenAI;
  readonly #logger = new Logger(AiService.name);
  readonly #refused = new RefusedParameters();
  readonly #unknownFinishReasons = new Set<string>();

  constructor(@Inject(AI_OPTIONS) options: AiOptions) {
    this.#options = options;
    this.#transport = new ProviderTransport({
      longestRetryMs: options.timings.stallMs / 4,
      headers: options.headers,
      proxyEnv: options.proxyEnv,
    });
    this.#client = clientOf(options, this.#transport);
  }

  /** Yields what the model says: `text` and `reasoning` merged per read from the provider, then `end`, once, as the
   *  last. Once `options.signal` is aborted it returns without `end`.
   *  @throws {StreamError} a `FailureCode`, or `ai-disabled`. */
  streamEvents(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions = {},
  ): AsyncGenerator<ModelEvent, void, unknown> {
    const ask = (connection: AbortSignal) => this.#ask(messages, userId, { ...options, signal: connection });
    const { timings, thinkTags } = this.#options;
    const request = {
      ask,
      failure: (error: unknown) =>
        describedFailure(error, { secrets: secretsOf(this.#options), messages: textsIn(messages) }),
      onUnknownFinishReason: (said: string) => this.#logUnknown(said),
      timings,
      thinkTags,
    };
    return abortOnReturn(options.signal, (signal) => readReply({ ...request, signal }));
  }

  /** Yields the reply's text as it comes.
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

  /** Yields the reply's text as it comes, then `{ done: true }`, with an `error` where it ended badly. Never throws. */
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
    this.#transport.close();
  }

  /** @throws what the SDK throws, and `StreamError` where the response is a page. */
  async #ask(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions,
  ): Promise<ProviderBody> {
    if (!this.#options.enabled) throw new StreamError('ai-disabled', 'AI is switched off on this server.');
    const request = completionRequestOf(messages, userId, { ...options, settings: this.#options });
    const response = await this.#create(this.#refused.adapted(request), options.signal);
    const body = this.#transport.bodyOf(response);
    const contentType = response.headers.get('content-type') ?? '';
    if (!/html/i.test(contentType)) return body;
    body.close();
    throw failureOf('provider-bad-response', { cause: new Error(`${response.status} with ${contentType}`) });
  }

  /** Asks; again without what the provider refuses by name, once for each. */
  async #create(first: ChatCompletionCreateParamsStreaming, signal: AbortSignal | undefined): Promise<Response> {
    const tried = new Map<string, Adaptation>();
    for (let request = first; ; ) {
      try {
        const response = await this.#client.chat.completions
          .create(request, { ...(signal && { signal }) })
          .asResponse();
        for (const adaptation of tried.values()) this.#keep(request.model, adaptation);
        return response;
      } catch (error) {
        const adaptation = isRefusedRequest(error) ? this.#refused.find(wordsIn(error), request, tried) : undefined;
        if (adaptation === undefined) throw error;
        tried.set(adaptation.name, adaptation);
        request = adaptation.adapt(request);
      }
    }
  }

  #keep(model: string, adaptation: Adaptation): void {
    if (!this.#refused.keep(model, adaptation)) return;
    this.#logger.log(`${model} refuses ${adaptation.name}: from now on it is asked without`);
  }

  #logUnknown(said: string): void {
    const word = said.slice(0, 60).replace(/[^\w .:-]/g, '?');
    if (this.#unknownFinishReasons.has(word) || this.#unknownFinishReasons.size >= mostWordsLogged) return;
    this.#unknownFinishReasons.add(word);
    this.#logger.warn(
      `The provider ends replies with a finish_reason that is not known: ${word}. It is taken for stop`,
    );
  }
}

const mostWordsLogged = 100;

/** Whether a request was refused for what is in it, and not for its length or its content. */
function isRefusedRequest(error: unknown): error is APIError {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false;
  return providerFailure(error).code === 'provider-refused';
}

function wordsIn({ error }: APIError): string {
  return (JSON.stringify(error) ?? '').slice(0, 8_192);
}

/** Takes nothing from the environment: the SDK would, for whatever is left out. */
function clientOf({ apiKey, apiUrl, timings }: AiOptions, transport: ProviderTransport): OpenAI {
  return new OpenAI({
    apiKey: apiKey ?? 'none',
    baseURL: apiUrl,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
    fetch: transport.fetch,
    logLevel: 'off',
    maxRetries: 2,
    timeout: timings.stallMs,
  });
}

/** What is known of the provider's keys; its URL may hold some too. */
function secretsOf({ apiKey, apiUrl, headers = {} }: AiOptions): string[] {
  const { username, password, searchParams } = new URL(apiUrl);
  const known = [apiKey ?? '', username, password, ...searchParams.values(), ...Object.values(headers)];
  return known.filter((secret) => secret !== '');
}

/** Returns every text of the messages, also of those that have parts. */
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
