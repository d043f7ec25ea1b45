// A model that answers each prompt for itself, and goes on word by word until the test lets it finish.
import { setTimeout as delay } from 'node:timers/promises';
import { type Provider, type ProviderScript, providerChunk } from '@sillage/testing';

/** Is what the model says to one prompt. */
export interface Speech {
  /** Is all of it so far. */
  readonly text: string;
  /** Counts who asked for it. */
  readonly timesAsked: number;
  /** Resolves when who asked has gone before the end. */
  readonly abandoned: Promise<unknown>;
  /** Makes it silent, its connection open. */
  pause(): void;
  /** Ends `pause`. */
  goOn(): void;
  /** Lets it end, and resolves when its end is on the way. */
  finish(): Promise<void>;
}

/** Says how fast it goes. */
export interface SpeechPace {
  /** Between two words. */
  readonly throttleMs?: number;
  /** So many, and then the end by itself. */
  readonly words?: number;
}

/** Lets `provider` answer prompts as the returned function prepares them, each by its last message. */
export function speakTo(provider: Provider): (message: string, pace?: SpeechPace) => Speech {
  const speeches = new Map<string, SpokenText>();
  provider.answer(async ({ body, closed }, response) => {
    const { messages } = body as { messages: { content: string }[] };
    const speech = speeches.get(messages.at(-1)?.content ?? '');
    if (speech === undefined) return void response.writeHead(400).end();
    void closed.then(speech.abandon);
    await speech.speak(response);
  });
  return (message, pace) => {
    const speech = new SpokenText(pace);
    speeches.set(message, speech);
    return speech;
  };
}

class SpokenText implements Speech {
  timesAsked = 0;
  readonly #words: string[] = [];
  readonly #pace: Required<SpeechPace>;
  readonly #spoken = Promise.withResolvers<void>();
  readonly #abandoned = Promise.withResolvers<void>();
  #silence: PromiseWithResolvers<void> | undefined;
  #isFinished = false;

  constructor({ throttleMs = 5, words = Number.POSITIVE_INFINITY }: SpeechPace = {}) {
    this.#pace = { throttleMs, words };
  }

  get text(): string {
    return this.#words.join('');
  }

  get abandoned(): Promise<void> {
    return this.#abandoned.promise;
  }

  readonly abandon = (): void => this.#abandoned.resolve();

  pause(): void {
    this.#silence = Promise.withResolvers();
  }

  goOn(): void {
    this.#silence?.resolve();
    this.#silence = undefined;
  }

  async finish(): Promise<void> {
    this.goOn();
    this.#isFinished = true;
    await this.#spoken.promise;
  }

  async speak(response: Parameters<ProviderScript>[1]): Promise<void> {
    this.timesAsked++;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    while (!this.#isFinished && !response.destroyed && this.#words.length < this.#pace.words) {
      const content = `${this.#words.length} é👩 `;
      this.#words.push(content);
      response.write(providerChunk({ content }));
      await delay(this.#pace.throttleMs);
      await this.#silence?.promise;
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, () => this.#spoken.resolve());
    if (response.destroyed) this.#spoken.resolve();
  }
}
