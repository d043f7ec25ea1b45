// Sends completion requests with the OpenAI SDK and parses the replies itself. `streamEvents` is the typed source; the
// two other methods are projections of it.
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

/** Options of one completion request. Leaving the loop is equivalent to aborting `signal`: the provider's connection
 *  is closed. */
export interface CompletionOptions {
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** Whether `<think>` tags are read as reasoning; default: as the settings say. */
  readonly thinkTags?: boolean | undefined;
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

  /** Yields the model's events: `text` and `reasoning`, merged per read from the provider, then one `end`. After
   *  `options.signal` is aborted it returns without `end`.
   *  @throws {StreamError} a `FailureCode`, or `ai-disabled`. */
  streamEvents(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions = {},
  ): AsyncGenerator<ModelEvent, void, unknown> {
    const ask = (connection: AbortSignal) => this.#ask(messages, userId, { ...options, signal: connection });
    const { timings } = this.#options;
    const { thinkTags = this.#options.thinkTags } = options;
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
    this.#transport.close();
  }

  /** Sends the completion request.
   *  @throws the errors of the SDK, and `StreamError` if the response is an HTML page. */
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

  /** Sends the request, and again without each parameter that the provider rejects by name, once per parameter. */
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

/** Whether the provider rejected a request for its parameters, not for its length or content. */
function isRefusedRequest(error: unknown): error is APIError {
  if (!(error instanceof APIError) || (error.status !== 400 && error.status !== 422)) return false;
  return providerFailure(error).code === 'provider-refused';
}

function wordsIn({ error }: APIError): string {
  return (JSON.stringify(error) ?? '').slice(0, 8_192);
}

/** Creates the SDK client. Every option is explicit, since the SDK reads omitted ones from the environment. */
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

/** Returns the known credentials of the provider, including those in its URL. */
function secretsOf({ apiKey, apiUrl, headers = {} }: AiOptions): string[] {
  const { username, password, searchParams } = new URL(apiUrl);
  const known = [apiKey ?? '', username, password, ...searchParams.values(), ...Object.values(headers)];
  return known.filter((secret) => secret !== '');
}

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
