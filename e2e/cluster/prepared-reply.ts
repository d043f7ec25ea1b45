// A model with a separate reply for each prompt, which sends word after word until the test finishes the reply.
import { setTimeout as delay } from 'node:timers/promises';
import { type Provider, type ProviderScript, providerChunk } from '@sillage/testing';

/** The model's reply to one prompt. */
export interface PreparedReply {
  /** The text sent so far. */
  readonly text: string;
  /** The completion requests for this prompt, oldest first: each is "first", or the number of the SDK's retry. */
  readonly requests: readonly string[];
  /** Resolves when the connection of a completion request has closed. */
  readonly disconnected: Promise<unknown>;
  /** Stops sending, and keeps the connection open. */
  pause(): void;
  /** Continues sending. */
  resume(): void;
  /** Ends the reply; resolves when the end has been sent. */
  finish(): Promise<void>;
}

/** How the model sends a reply. */
export interface PreparedReplyOptions {
  /** The delay between two words. */
  readonly throttleMs?: number;
  /** The number of words after which the reply ends by itself; by default it does not. */
  readonly words?: number;
}

/** Makes `provider` answer each prompt with the reply that the returned function prepared for its last message. */
export function prepareReplies(provider: Provider): (message: string, options?: PreparedReplyOptions) => PreparedReply {
  const replies = new Map<string, SentReply>();
  provider.respond(async ({ body, headers, closed }, response) => {
    const { messages } = body as { messages: { content: string }[] };
    const reply = replies.get(messages.at(-1)?.content ?? '');
    if (reply === undefined) return void response.writeHead(400).end();
    void closed.then(reply.onClosed);
    const retry = headers['x-stainless-retry-count'];
    reply.requests.push(retry === '0' ? 'first' : `retry ${retry}`);
    await reply.sendTo(response);
  });
  return (message, options) => {
    const reply = new SentReply(options);
    replies.set(message, reply);
    return reply;
  };
}

class SentReply implements PreparedReply {
  readonly requests: string[] = [];
  readonly #words: string[] = [];
  readonly #options: Required<PreparedReplyOptions>;
  readonly #sent = Promise.withResolvers<void>();
  readonly #disconnected = Promise.withResolvers<void>();
  #pause: PromiseWithResolvers<void> | undefined;
  #isFinished = false;

  constructor({ throttleMs = 5, words = Number.POSITIVE_INFINITY }: PreparedReplyOptions = {}) {
    this.#options = { throttleMs, words };
  }

  get text(): string {
    return this.#words.join('');
  }

  get disconnected(): Promise<void> {
    return this.#disconnected.promise;
  }

  readonly onClosed = (): void => this.#disconnected.resolve();

  pause(): void {
    this.#pause = Promise.withResolvers();
  }

  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  async finish(): Promise<void> {
    this.resume();
    this.#isFinished = true;
    await this.#sent.promise;
  }

  async sendTo(response: Parameters<ProviderScript>[1]): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    while (!this.#isFinished && !response.destroyed && this.#words.length < this.#options.words) {
      const content = `${this.#words.length} é👩 `;
      this.#words.push(content);
      response.write(providerChunk({ content }));
      await delay(this.#options.throttleMs);
      await this.#pause?.promise;
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, () => this.#sent.resolve());
    if (response.destroyed) this.#sent.resolve();
  }
}
