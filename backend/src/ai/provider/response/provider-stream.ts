// Parses a provider's event stream: bytes in, model events out. Pure, and on the hot path of every token. It never
// throws: the events before a fault are returned first, then the fault is in `failure`.
import type { StreamError, Usage } from '@sillage/protocol';
import type { ModelEvent, ModelFinishReason } from '../../model-event.ts';
import { meaningOf } from '../failures/finish-reason.ts';
import { failureOf, ProviderSaidError, providerFailure } from '../failures/provider-errors.ts';
import { ChunkTemplate } from './chunk-template.ts';
import { isJson, JsonBody } from './json-body.ts';
import { MergedDeltas } from './merged-deltas.ts';
import { type ProviderChunk, readChunk } from './provider-chunk.ts';
import { SseParser } from './sse-parser.ts';

/** Maximum templates learned without a use. Learning costs three parses, which a reply with ever-changing chunk
 *  shapes must not pay each time. */
const lessonsBeforeUse = 8;
const usesALesson = 4;

/** Parser state of one provider reply. */
export class ProviderStream {
  readonly #sse = new SseParser((data, name) => this.#takeEvent(data, name));
  readonly #json = new JsonBody((data) => this.#takeEvent(data, ''));
  readonly #deltas: MergedDeltas;
  /** Parser of the body, chosen by its first character: some providers respond to a streaming request with JSON. */
  #parser: SseParser | JsonBody | undefined;
  #template: ChunkTemplate | undefined;
  #lessonsLeft = lessonsBeforeUse;
  #hasText = false;
  #isDone = false;
  #finishReason: ModelFinishReason | undefined;
  /** Whether text arrived with or after the finish reason, which may therefore not be final. */
  #isFinishDoubtful = false;
  #unknownFinishReason: string | undefined;
  #usage: Usage | undefined;
  /** Whether text arrived after the usage, which therefore counts less than the whole. */
  #isUsagePartial = false;
  #failure: StreamError | undefined;
  #model: string | undefined;

  constructor({ thinkTags = true }: { thinkTags?: boolean } = {}) {
    this.#deltas = new MergedDeltas({ thinkTags });
  }

  /** Whether `[DONE]` or a failure was received. Later data is ignored. */
  get isOver(): boolean {
    return this.#isDone || this.#failure !== undefined;
  }

  /** Whether the reply is finished, by a finish reason or by `[DONE]` after text. Later faults do not affect it. */
  get isFinished(): boolean {
    return this.#finishReason !== undefined || (this.#isDone && this.#hasText);
  }

  /** The provider's finish reason, if it is not a known one. */
  get unknownFinishReason(): string | undefined {
    return this.#unknownFinishReason;
  }

  /** The provider's latest usage. Before the end of the reply it may count less than the whole. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  /** The model that the provider names, in at most 200 units. */
  get model(): string | undefined {
    return this.#model;
  }

  /** Failure of the provider. */
  get failure(): StreamError | undefined {
    return this.#failure;
  }

  /** Parses one read and returns its events. */
  push(bytes: Buffer): ModelEvent[] {
    this.#guard(() => this.#parserOf(bytes).push(bytes));
    return this.#deltas.take();
  }

  /** Handles the end of the body and returns the held events. */
  endOfBody(): ModelEvent[] {
    this.#guard(() => (this.#parser ?? this.#sse).end());
    if (!this.isFinished) this.#failure ??= failureOf('provider-bad-response', { cause: unfinished() });
    return this.#deltas.end();
  }

  /** Returns the end event of a finished reply, with the usage if it counts the whole reply. */
  end(): Extract<ModelEvent, { type: 'end' }> {
    const finishReason = this.#finishReason ?? 'stop';
    return this.#usage && !this.#isUsagePartial
      ? { type: 'end', finishReason, usage: this.#usage }
      : { type: 'end', finishReason };
  }

  #parserOf(bytes: Buffer): SseParser | JsonBody {
    if (this.#parser !== undefined) return this.#parser;
    const json = isJson(bytes);
    if (json !== undefined) this.#parser = json ? this.#json : this.#sse;
    return this.#parser ?? this.#sse;
  }

  #guard(parse: () => void): void {
    try {
      parse();
    } catch (error) {
      const fallback = this.#parser === this.#json ? 'provider-bad-response' : undefined;
      this.#failure ??= providerFailure(error, fallback);
    }
  }

  #takeEvent(data: string, name: string): void {
    if (this.isOver) return;
    const template = name === '' ? this.#template : undefined;
    const text = template?.match(data);
    if (template !== undefined && text !== undefined) {
      this.#lessonsLeft += 1 / usesALesson;
      this.#hasText = true;
      this.#isFinishDoubtful = true;
      this.#isUsagePartial = true;
      this.#deltas.add(template.kind, text);
    } else {
      this.#takeOther(data, name);
    }
  }

  #takeOther(data: string, name: string): void {
    const isBlank = data.trim() === '';
    if (name === 'error') throw this.#failed(isBlank ? name : parsedOrText(data));
    if (isBlank) return;
    if (data.trim() === '[DONE]') {
      this.#isDone = true;
      return;
    }
    this.#takeChunk(readChunk(data));
    this.#learn(data);
  }

  #takeChunk({ deltas, isWhole, finishReason, usage, error, model }: ProviderChunk): void {
    if (error !== undefined) throw this.#failed(error);
    this.#model ??= model?.slice(0, 200);
    if (!(isWhole && this.#hasText)) {
      for (const { kind, text } of deltas) this.#deltas.add(kind, text);
    }
    if (deltas.length > 0) {
      this.#hasText = true;
      this.#isFinishDoubtful = true;
      this.#isUsagePartial = true;
    }
    if (usage !== undefined) {
      this.#usage = usage;
      this.#isUsagePartial = false;
    }
    if (finishReason !== undefined) this.#finish(finishReason, { isDoubtful: deltas.length > 0 });
  }

  #finish(said: string, { isDoubtful }: { isDoubtful: boolean }): void {
    const meaning = meaningOf(said);
    if (meaning === 'failed') throw this.#failed(`finish_reason: ${said}`);
    this.#unknownFinishReason = meaning === 'unknown' ? said : undefined;
    this.#finishReason = meaning === 'unknown' ? 'stop' : meaning;
    this.#isFinishDoubtful = isDoubtful;
  }

  /** Creates the error of a failure. A failure after text that followed a finish reason invalidates that finish
   *  reason. */
  #failed(said: unknown): ProviderSaidError {
    if (this.#isFinishDoubtful) this.#finishReason = undefined;
    return new ProviderSaidError(said);
  }

  #learn(data: string): void {
    if (this.#lessonsLeft < 1) return;
    const template = ChunkTemplate.learn(data);
    if (template === undefined) return;
    this.#lessonsLeft -= 1;
    this.#template = template;
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
