// What a provider's event stream says: bytes in, model events out. Pure, and on the hot path of every token.
// It never throws: what a read brought before a fault is said first, then the fault stands in `failure`.
import type { StreamError, Usage } from '@sillage/protocol';
import type { ModelEvent, ModelFinishReason } from '../model-event.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { MergedDeltas } from './merged-deltas.ts';
import { type ProviderChunk, readChunk } from './provider-chunk.ts';
import { failureOf, ProviderSaidError, providerFailure } from './provider-errors.ts';
import { SseParser } from './sse-parser.ts';

/** Learning costs three parses: a reply whose chunks are all of different shapes must not pay that each time. */
const lessonsBeforeUse = 8;
const usesALesson = 4;

/** Follows one reply of a provider. */
export class ProviderStream {
  readonly #parser = new SseParser((data, name) => this.#takeEvent(data, name));
  readonly #deltas = new MergedDeltas();
  #template: ChunkTemplate | undefined;
  #lessonsLeft = lessonsBeforeUse;
  #hasChunks = false;
  #isDone = false;
  #finishReason: ModelFinishReason | undefined;
  #usage: Usage | undefined;
  #failure: StreamError | undefined;

  /** `[DONE]` or a failure was seen: what follows does not matter. */
  get isOver(): boolean {
    return this.#isDone || this.#failure !== undefined;
  }

  /** The provider has said why the reply ends; no fault can spoil it any more. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined || (this.#isDone && this.#hasChunks);
  }

  /** What the provider did wrong. */
  get failure(): StreamError | undefined {
    return this.#failure;
  }

  /** Takes one read, and returns what it says. */
  push(bytes: Buffer): ModelEvent[] {
    this.#guard(() => this.#parser.push(bytes));
    return this.#deltas.take();
  }

  /** Takes the end of the body, and returns what was held back for it. */
  endOfBody(): ModelEvent[] {
    this.#guard(() => this.#parser.end());
    if (!this.isFinished) this.#failure ??= failureOf('provider-bad-response', { cause: unfinished() });
    return this.#deltas.end();
  }

  /** Returns the event that ends a finished reply. */
  end(): ModelEvent {
    const finishReason = this.#finishReason ?? 'stop';
    return this.#usage ? { type: 'end', finishReason, usage: this.#usage } : { type: 'end', finishReason };
  }

  #guard(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      this.#failure ??= providerFailure(error);
    }
  }

  #takeEvent(data: string, name: string): void {
    if (this.isOver) return;
    const template = name === '' ? this.#template : undefined;
    const text = template?.match(data);
    if (template !== undefined && text !== undefined) {
      this.#lessonsLeft += 1 / usesALesson;
      this.#deltas.add(template.kind, text);
    } else {
      this.#takeOther(data, name);
    }
  }

  #takeOther(data: string, name: string): void {
    const isBlank = data.trim() === '';
    if (name === 'error') throw new ProviderSaidError(isBlank ? name : parsedOrText(data));
    if (isBlank) return;
    if (data.trim() === '[DONE]') {
      this.#isDone = true;
      return;
    }
    this.#takeChunk(readChunk(data));
    this.#learn(data);
  }

  #takeChunk({ deltas, finishReason, usage, error }: ProviderChunk): void {
    if (error !== undefined) throw new ProviderSaidError(error);
    this.#hasChunks = true;
    for (const { kind, text } of deltas) this.#deltas.add(kind, text);
    if (usage !== undefined) this.#usage = usage;
    if (finishReason === 'error') throw new ProviderSaidError('finish_reason: error');
    if (finishReason !== undefined) this.#finishReason = finishReasonOf(finishReason);
  }

  #learn(data: string): void {
    if (this.#lessonsLeft < 1) return;
    const template = ChunkTemplate.learn(data);
    if (template === undefined) return;
    this.#lessonsLeft -= 1;
    this.#template = template;
  }
}

/** Translates a provider's word; an unknown one is a reply that ended as its model wanted. */
function finishReasonOf(said: string): ModelFinishReason {
  switch (said) {
    case 'length':
    case 'max_tokens':
    case 'model_length':
      return 'length';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'stop';
  }
}

function parsedOrText(data: string): unknown {
  try {
    const value = JSON.parse(data);
    return value?.error ?? value;
  } catch {
    return data;
  }
}

function unfinished(): Error {
  return new Error('The stream ended without a finish reason.');
}
