// One reply in the making. It lives in the server and outlives every connection; only its end ends it.
import { type EndEvent, isInsidePair, StreamError } from '@sillage/protocol';
import type { ModelEvent } from '../../ai/model-event.ts';
import type { ExtraStatements, NewEnd, OpenStream, StreamStore } from '../../streams/stream-store.ts';

/** Says why a generation is ended before the model has finished. */
export type EarlyEnd =
  | { readonly finishReason: 'stopped' }
  | { readonly finishReason: 'interrupted'; readonly code: 'interrupted' | 'abandoned' };

/** Says what to ask, where the reply goes, and how long it may be. */
export interface GenerationOptions {
  readonly stream: OpenStream;
  readonly store: StreamStore;
  /** Asks the model. Closes the connection to it when `signal` aborts or the loop is left. */
  readonly ask: (signal: AbortSignal) => AsyncIterable<ModelEvent>;
  readonly extraStatements: ExtraStatements;
  /** In UTF-16 units. */
  readonly maxReply: number;
  /** How many turns the model is not told; its end says so. */
  readonly trimmedTurns?: number;
  /** Told what went wrong, for the log: what the provider said goes there and nowhere else. */
  readonly onFailure: (error: unknown) => void;
}

/** Appends what the model says, and ends the stream exactly once. */
export class Generation {
  readonly stream: OpenStream;
  /** Resolves with the end that was stored; rejects only when the process closes before it could be. */
  readonly ended: Promise<EndEvent>;
  readonly #options: GenerationOptions;
  readonly #abort = new AbortController();
  readonly #left = Promise.withResolvers<NewEnd>();
  #earlyEnd: EarlyEnd | undefined;

  constructor(options: GenerationOptions) {
    this.stream = options.stream;
    this.#options = options;
    this.ended = this.#run();
    this.ended.catch(() => {}); // whoever waits for it sees it; nobody needs to
  }

  /** Ends the generation early and closes the connection to the provider; the first reason counts. */
  endEarly(end: EarlyEnd): Promise<EndEvent> {
    this.#earlyEnd ??= end;
    this.#left.resolve(this.#earlyEnd);
    this.#abort.abort();
    return this.ended;
  }

  async #run(): Promise<EndEvent> {
    const { stream, store, extraStatements, trimmedTurns = 0 } = this.#options;
    // An append may wait for a storage that is away: an early end waits for no more than the end itself.
    const end = await Promise.race([this.#reply(), this.#left.promise]);
    return store.end(stream, trimmedTurns > 0 ? { ...end, trimmedTurns } : end, extraStatements);
  }

  async #reply(): Promise<NewEnd> {
    const { ask, store, stream, maxReply } = this.#options;
    const { signal } = this.#abort;
    let length = 0;
    try {
      for await (const event of ask(signal)) {
        if (event.type === 'end') return endOf(event);
        const text = cut(event.text, maxReply - length);
        length += text.length;
        await store.append(stream, [{ type: event.type, text }]); // and so the provider is read no faster than is stored
        if (this.#earlyEnd) return this.#earlyEnd;
        if (text.length < event.text.length) return { finishReason: 'length' };
      }
    } catch (error) {
      if (this.#earlyEnd) return this.#earlyEnd;
      this.#options.onFailure(error);
      return failureOf(error);
    }
    return this.#earlyEnd ?? failureOf(undefined);
  }
}

function endOf({ finishReason, usage }: Extract<ModelEvent, { type: 'end' }>): NewEnd {
  return { finishReason, ...(usage && { usage }) };
}

function failureOf(error: unknown): NewEnd {
  const code = error instanceof StreamError ? error.code : 'internal';
  switch (code) {
    case 'provider-auth':
    case 'provider-rate-limited':
    case 'provider-unavailable':
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
