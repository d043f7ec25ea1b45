// Asks a model: the OpenAI SDK makes the request, our own parser reads the reply. `streamEvents` is the typed source,
// the two others are projections of it.
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { AI_OPTIONS, type AiOptions } from './ai-options.ts';
import type { ModelEvent } from './model-event.ts';
import { abortOnReturn } from './provider/abort-on-return.ts';
import { completionRequestOf } from './provider/completion-request.ts';
import type { ProviderBody } from './provider/provider-body.ts';
import { describedFailure, failureOf, providerFailure } from './provider/provider-errors.ts';
import { ProviderTransport } from './provider/provider-fetch.ts';
import { readReply } from './provider/read-reply.ts';

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

  constructor(@Inject(AI_OPTIONS) options: AiOptions) {
    this.#options = options;
    this.#transport = new ProviderTransport({ longestRetryMs: options.timings.stallMs / 4 });
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
    const failure = (error: unknown) =>
      describedFailure(error, { secrets: secretsOf(this.#options), messages: textsIn(messages) });
    return abortOnReturn(options.signal, (signal) =>
      readReply({ ask, failure, timings: this.#options.timings, signal }),
    );
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

  /** @throws what the SDK throws, and `StreamError` where the answer is no event stream. */
  async #ask(
    messages: ChatCompletionMessageParam[],
    userId: string,
    options: CompletionOptions,
  ): Promise<ProviderBody> {
    if (!this.#options.enabled) throw new StreamError('ai-disabled', 'AI is switched off on this server.');
    const question = completionRequestOf(messages, userId, { ...options, settings: this.#options });
    const response = await this.#client.chat.completions
      .create(question, { ...(options.signal && { signal: options.signal }) })
      .asResponse();
    const body = this.#transport.bodyOf(response);
    const contentType = response.headers.get('content-type') ?? eventStream;
    if (contentType.toLowerCase().startsWith(eventStream)) return body;
    body.close();
    throw failureOf('provider-bad-response', { cause: new Error(`${response.status} with ${contentType}`) });
  }
}

const eventStream = 'text/event-stream';

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
function secretsOf({ apiKey, apiUrl }: AiOptions): string[] {
  const { username, password, searchParams } = new URL(apiUrl);
  return [apiKey ?? '', username, password, ...searchParams.values()].filter((secret) => secret !== '');
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
