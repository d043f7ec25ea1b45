// The entry `@sillage/server/testing`: a model that says what a test tells it, in place of a provider.
import { StreamError, type Usage } from '@sillage/protocol';
import type { AiService, ChatProgress, CompletionOptions } from './ai/ai.service.ts';
import type { ModelEvent } from './ai/model-event.ts';

/** The options of a module under test that keep everything in memory. */
export const inMemory = { storage: { memory: true } } as const;

/** A completion request that the model received. */
export interface AskedCompletion {
  readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
  readonly userId: string;
  readonly options: CompletionOptions;
}

/** Replaces `AiService`: `overrideProvider(AiService).useValue(model)`. Until told otherwise it says "Hello from the test". */
export class TestModel implements Pick<AiService, 'streamEvents' | 'streamChat' | 'streamChatWithMetadata'> {
  /** All requests so far, oldest first. */
  readonly requests: AskedCompletion[] = [];
  #texts: readonly string[] = ['Hello', ' from the test'];
  #error: Error | undefined;
  #usage: Usage | undefined;

  /** Makes the following replies consist of these texts. */
  says(...texts: readonly string[]): void {
    this.#texts = texts;
    this.#error = undefined;
  }

  /** Makes the following replies end with these counts of tokens. */
  uses(usage: Usage): void {
    this.#usage = usage;
  }

  /** Makes the following replies fail after the texts, as when the provider cannot be reached. */
  fails(error: Error = new StreamError('provider-unavailable', 'The test says so.')): void {
    this.#error = error;
  }

  async *streamEvents(
    messages: AskedCompletion['messages'],
    userId: string,
    options: CompletionOptions = {},
  ): AsyncGenerator<ModelEvent, void, unknown> {
    this.requests.push({ messages, userId, options });
    const error = this.#error;
    for (const text of this.#texts) {
      if (options.signal?.aborted) return;
      yield { type: 'text', text };
    }
    if (error !== undefined) throw error;
    yield { type: 'end', finishReason: 'stop', ...(this.#usage && { usage: this.#usage }) };
  }

  async *streamChat(
    messages: AskedCompletion['messages'],
    userId: string,
    options?: CompletionOptions,
  ): AsyncGenerator<string, void, unknown> {
    for await (const event of this.streamEvents(messages, userId, options)) {
      if (event.type === 'text') yield event.text;
    }
  }

  async *streamChatWithMetadata(
    messages: AskedCompletion['messages'],
    userId: string,
    options?: CompletionOptions,
  ): AsyncGenerator<ChatProgress, void, unknown> {
    try {
      for await (const content of this.streamChat(messages, userId, options)) yield { content, done: false };
      yield { done: true };
    } catch (error) {
      yield { error: (error as Error).message, done: true };
    }
  }
}
