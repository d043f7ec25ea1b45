// One generation: requests a completion and appends it to the stream. It outlives every connection.
import { type EndEvent, isInsidePair, type ReplyEnd, StreamError, type Usage } from '@sillage/protocol';
import type { ModelEvent } from '../../ai/model-event.ts';
import type { Observer } from '../../observing/observer.ts';
import { noTracing, type Tracing, traced } from '../../observing/tracing.ts';
import type { ExtraStatements, NewEvent, OpenStream, StreamStore, WholeReply } from '../../streams/stream-store.ts';
import type { StreamTimeline } from '../timeline/stream-timeline.ts';
import { ReplyClock, type ReplyTimes } from './reply-clock.ts';

/** The end of a generation that is aborted before the model has finished. */
export type EarlyEnd =
  | { readonly finishReason: 'stopped' }
  | { readonly finishReason: 'interrupted'; readonly code: 'interrupted' | 'abandoned' };

/** Length of the text that may wait for the store, in UTF-16 units; then the provider is read no faster than the store accepts.
 *  So the end is read while the last words wait. */
const mostUnstored = 256;

/** Inputs of a generation. */
export interface GenerationOptions {
  readonly stream: OpenStream;
  readonly store: StreamStore;
  /** Sends the completion request and yields its events. Closes the connection when `signal` aborts or iteration stops. */
  readonly requestCompletion: (signal: AbortSignal) => AsyncIterable<ModelEvent>;
  /** Aborts `signal`; given for a request that was sent before. */
  readonly abort?: AbortController | undefined;
  readonly extraStatements: ExtraStatements;
  /** Returns the usage that is written with the end. Default: what the model says. */
  readonly measureUsage?: (reply: WholeReply, end: ReplyEnd) => Promise<Usage | undefined>;
  /** Maximum length of the reply in UTF-16 units. */
  readonly maxReply: number;
  /** Number of messages left out of the completion request, for the end event. */
  readonly trimmedTurns?: number;
  /** Clock in ms, of which only differences count. */
  readonly now?: () => number;
  readonly observer?: Observer | undefined;
  readonly tracing?: Tracing | undefined;
  readonly timeline?: StreamTimeline | undefined;
  /** Called with the error, for the log, which is the only place for the provider's message. */
  readonly onFailure: (error: unknown) => void;
}

/** Appends the model's reply and ends the stream exactly once. */
export class Generation {
  readonly stream: OpenStream;
  /** Resolves with the stored end; rejects only if the process shuts down before the end could be stored. */
  readonly ended: Promise<EndEvent>;
  readonly #options: GenerationOptions;
  readonly #abort: AbortController;
  readonly #clock: ReplyClock;
  readonly #endedEarly = Promise.withResolvers<ReplyEnd>();
  #earlyEnd: EarlyEnd | undefined;
  #isTakenOver = false;
  #storedLength = 0;

  constructor(options: GenerationOptions) {
    this.stream = options.stream;
    this.#options = options;
    this.#abort = options.abort ?? new AbortController();
    this.#clock = new ReplyClock(options);
    this.ended = this.#run();
    this.ended.catch(() => {}); // prevents an unhandled rejection if nobody awaits it
  }

  /** The times up to now. */
  get times(): ReplyTimes {
    return this.#clock.times;
  }

  /** Whether another node took the stream over and wrote its end; known once `ended` resolves. */
  get isTakenOver(): boolean {
    return this.#isTakenOver;
  }

  /** Ends the generation early and closes the connection to the provider. Only the first call determines the end. */
  endEarly(end: EarlyEnd): Promise<EndEvent> {
    this.#earlyEnd ??= end;
    this.#endedEarly.resolve(this.#earlyEnd);
    this.#abort.abort();
    return this.ended;
  }

  async #run(): Promise<EndEvent> {
    const { stream, store, extraStatements, measureUsage, trimmedTurns = 0, tracing = noTracing } = this.#options;
    // A pending append may wait for an unreachable storage; an early end does not wait for it.
    const newEnd = await Promise.race([this.#reply(), this.#endedEarly.promise]);
    const { reasoningMs } = this.#clock;
    const counts = { ...(trimmedTurns > 0 && { trimmedTurns }), ...(reasoningMs !== undefined && { reasoningMs }) };
    const measure = measureUsage && ((reply: WholeReply) => measureUsage(reply, newEnd));
    const write = () => store.end(stream, { ...newEnd, ...counts }, extraStatements, measure);
    const { end, isOwn } = await traced(tracing, 'sillage.end', write);
    this.#isTakenOver = !isOwn;
    return end;
  }

  async #reply(): Promise<ReplyEnd> {
    const { requestCompletion, maxReply } = this.#options;
    let length = 0;
    try {
      for await (const event of requestCompletion(this.#abort.signal)) {
        if (event.type === 'end') return newEndOf(event); // its commit takes along what is not stored yet
        const text = cut(event.text, maxReply - length);
        length += text.length;
        const storing = this.#append({ type: event.type, text }, length);
        if (length - this.#storedLength > mostUnstored) await storing;
        if (this.#earlyEnd) return this.#earlyEnd;
        if (text.length < event.text.length) return { finishReason: 'length' };
      }
    } catch (error) {
      return this.#failed(error);
    }
    return this.#earlyEnd ?? failureOf(undefined);
  }

  /** Appends text that ends at `length`; never rejects. */
  async #append(event: NewEvent, length: number): Promise<void> {
    const { store, stream, observer, timeline } = this.#options;
    const at = this.#clock.note(event.type);
    timeline?.read(length);
    try {
      await store.append(stream, [event]);
    } catch (error) {
      this.#endedEarly.resolve(this.#failed(error));
      this.#abort.abort();
      return;
    }
    this.#storedLength = length;
    timeline?.stored(length);
    observer?.appended?.(this.#clock.since(at));
  }

  #failed(error: unknown): ReplyEnd {
    if (this.#earlyEnd) return this.#earlyEnd;
    this.#options.onFailure(error);
    return failureOf(error);
  }
}

function newEndOf({ finishReason, usage }: Extract<ModelEvent, { type: 'end' }>): ReplyEnd {
  return { finishReason, ...(usage && { usage }) };
}

function failureOf(error: unknown): ReplyEnd {
  const { code, retryAfter } = error instanceof StreamError ? error : { code: 'internal', retryAfter: undefined };
  switch (code) {
    case 'provider-rate-limited':
    case 'provider-unavailable':
      return { finishReason: 'error', code, ...(retryAfter !== undefined && { retryAfter }) };
    case 'provider-auth':
    case 'provider-timeout':
    case 'provider-bad-response':
    case 'provider-refused':
    case 'context-too-long':
    case 'prompt-refused':
    case 'storage':
      return { finishReason: 'error', code };
    default:
      return { finishReason: 'error', code: 'internal' };
  }
}

/** Cuts `text` to at most `length` units, never within a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, isInsidePair(text, length) ? length - 1 : length);
}
