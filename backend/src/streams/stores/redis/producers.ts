// The streams of this node on their way into Redis: what they have gathered since, one command a stream, all of a tick in
// one round trip. The whole text is in memory, so that a Redis that has lost some of it, or all, is filled again.
import { type EndEvent, type Offset, StreamError, type StreamId } from '@sillage/protocol';
import { Throttle } from '../../../database/sqlite/throttle.ts';
import type { LiveStream } from '../../live-stream.ts';
import type { Unread } from '../../stream-store.ts';
import type { Appended, RedisText, TextEntry } from './redis-text.ts';

/** Says how often to send, how often to look at a quiet stream, and for how long Redis keeps what nobody touches. */
export interface ProducersOptions {
  readonly sendMs: number;
  readonly retryMs: number;
  readonly pollMs: number;
  readonly keepMs: number;
  /** Told of a stream that is another node's now. */
  readonly onFenced: (streamId: StreamId) => void;
}

/** Is a stream that this node produces. */
interface Producer {
  readonly streamId: StreamId;
  readonly epoch: number;
  readonly live: LiveStream;
  waiting: Waiting[];
  /** Where Redis is, as far as is known. */
  at: Offset;
  polledAt: number;
  /** When a look was answered last, and when that answer was last that others read. */
  knownAt: number;
  readElsewhereAt: number;
  isSending: boolean;
  end: EndEvent | undefined;
}

interface Waiting {
  readonly offset: Offset;
  readonly resolve: (offset: Offset) => void;
  readonly reject: (error: unknown) => void;
}

/** So much of a refill goes in one command, and the rest in the next. */
const entriesASend = 64;
const never = Number.NEGATIVE_INFINITY;
/** For so long an ended text stays in Redis, for those who read it there. */
const endedMs = 10_000;

/** Moves `stored` of each stream when Redis has it, and not before. */
export class Producers {
  readonly #text: RedisText;
  readonly #options: ProducersOptions;
  readonly #producers = new Map<StreamId, Producer>();
  readonly #behind = new Set<Producer>();
  readonly #pace: Throttle;
  readonly #looks: NodeJS.Timeout;
  #retry: NodeJS.Timeout | undefined;

  constructor(text: RedisText, options: ProducersOptions) {
    this.#text = text;
    this.#options = options;
    this.#pace = new Throttle(options.sendMs, () => this.#sendAll());
    this.#looks = setInterval(() => this.#pollAll(), options.pollMs);
  }

  /** Adds a stream; `at` is where Redis is with it. */
  add({ streamId, epoch }: { streamId: StreamId; epoch: number }, live: LiveStream, { at = 0 } = {}): void {
    const times = { polledAt: never, knownAt: performance.now(), readElsewhereAt: never };
    this.#producers.set(streamId, {
      streamId,
      epoch,
      live,
      waiting: [],
      at,
      ...times,
      isSending: false,
      end: undefined,
    });
  }

  /** Sends what was appended to the stream's text; resolves with `offset` once Redis has everything up to it.
   *  @throws {StreamError} `fenced`. */
  send(streamId: StreamId, offset: Offset): Promise<Offset> {
    return new Promise((resolve, reject) => {
      const producer = this.#producers.get(streamId);
      if (producer === undefined) return reject(fenced(streamId));
      producer.waiting.push({ offset, resolve, reject });
      this.#mark(producer);
    });
  }

  /** Tells Redis of an end that is in the database; what waits for Redis needs to wait no more. */
  end(streamId: StreamId, end: EndEvent): void {
    const producer = this.#producers.get(streamId);
    if (producer === undefined) return;
    producer.end = end;
    for (const { resolve, offset } of producer.waiting.splice(0)) resolve(offset);
    this.#mark(producer);
  }

  /** Lets go of a stream: it is another's. */
  drop(streamId: StreamId): void {
    const producer = this.#producers.get(streamId);
    if (producer === undefined) return;
    this.#producers.delete(streamId);
    this.#behind.delete(producer);
    for (const { reject } of producer.waiting.splice(0)) reject(fenced(streamId));
  }

  /** Says for how long nobody has been reading the stream, here or elsewhere; `undefined` while somebody is. */
  unread(streamId: StreamId): Unread | undefined {
    const producer = this.#producers.get(streamId);
    const here = producer?.live.unread;
    if (producer === undefined || here === undefined) return undefined;
    const { knownAt, readElsewhereAt } = producer;
    // Others say once in `pollMs` that they read, and are asked as often; while Redis is away, nobody knows.
    const doubtMs = 2 * this.#options.pollMs;
    const now = performance.now();
    if (now - knownAt > doubtMs) return undefined;
    if (readElsewhereAt === never) return here;
    const forMs = Math.min(here.forMs, now - readElsewhereAt - doubtMs);
    return forMs < 0 ? undefined : { forMs, wasRead: true };
  }

  /** Supposes nothing any more about what Redis has: it was away. */
  suspectAll(): void {
    for (const producer of this.#producers.values()) producer.polledAt = never;
    this.#pollAll();
  }

  /** Stops; what waits rejects with an `AbortError`. */
  close(): void {
    clearInterval(this.#looks);
    clearTimeout(this.#retry);
    for (const { waiting } of this.#producers.values()) {
      for (const { reject } of waiting.splice(0)) reject(new DOMException('The store was closed.', 'AbortError'));
    }
    this.#producers.clear();
    this.#behind.clear();
  }

  /** Looks where Redis is with each stream that was not looked at of late. */
  #pollAll(): void {
    for (const producer of this.#producers.values()) if (this.#isDue(producer)) this.#mark(producer);
  }

  #isDue({ polledAt }: Producer): boolean {
    return performance.now() - polledAt >= this.#options.pollMs;
  }

  #mark(producer: Producer): void {
    this.#behind.add(producer);
    this.#pace.ask();
  }

  #sendAll(): void {
    for (const producer of this.#behind) {
      if (producer.isSending) continue; // one at a time: it goes on when the answer is here
      this.#behind.delete(producer);
      void this.#send(producer);
    }
  }

  async #send(producer: Producer): Promise<void> {
    producer.isSending = true;
    try {
      const appended = await this.#append(producer);
      if (!this.#owns(producer)) return;
      if (appended === undefined || appended.at > endOf(producer)) return this.#options.onFenced(producer.streamId);
      this.#take(producer, appended);
    } catch {
      if (producer.end !== undefined) return void this.#producers.delete(producer.streamId); // it is in the database
      this.#behind.add(producer);
      this.#retry ??= setTimeout(() => this.#retryNow(), this.#options.retryMs);
    } finally {
      producer.isSending = false;
      if (this.#behind.has(producer)) this.#pace.ask();
    }
  }

  async #append(producer: Producer): Promise<Appended | undefined> {
    const { live, at, end } = producer;
    const entries: TextEntry[] = live.appendedAfter(at, entriesASend);
    const last = entries.at(-1)?.offset ?? at;
    const isLast = end !== undefined && last === end.offset - 1;
    if (isLast) entries.push({ type: 'end', end, offset: end.offset });
    const looks = isLast || this.#isDue(producer);
    if (looks) producer.polledAt = performance.now();
    const keepMs = isLast ? endedMs : this.#options.keepMs;
    return this.#text.append(producer, entries, { after: at, ...(looks && { keepMs }) });
  }

  #take(producer: Producer, { at, isReadElsewhere }: Appended): void {
    producer.at = at;
    if (isReadElsewhere !== undefined) this.#know(producer, isReadElsewhere);
    if (producer.end !== undefined) {
      if (at >= producer.end.offset) this.#producers.delete(producer.streamId);
      else this.#mark(producer);
      return;
    }
    producer.live.markStored(at);
    let stored = 0;
    while ((producer.waiting[stored]?.offset ?? Number.POSITIVE_INFINITY) <= at) stored++;
    for (const { resolve, offset } of producer.waiting.splice(0, stored)) resolve(offset);
    if (at < producer.live.appended) this.#mark(producer);
  }

  #know(producer: Producer, isReadElsewhere: boolean): void {
    const now = performance.now();
    // Redis was away, and has forgotten who reads: whoever did is about to say so again.
    const wasAway = now - producer.knownAt > 2 * this.#options.pollMs;
    if (isReadElsewhere || (wasAway && producer.readElsewhereAt !== never)) producer.readElsewhereAt = now;
    producer.knownAt = now;
  }

  #owns(producer: Producer): boolean {
    return this.#producers.get(producer.streamId) === producer;
  }

  #retryNow(): void {
    this.#retry = undefined;
    this.#pace.ask();
  }
}

function endOf({ live, end }: Producer): Offset {
  return end?.offset ?? live.appended;
}

function fenced(streamId: StreamId): StreamError {
  return new StreamError('fenced', `Another producer owns the stream ${streamId}.`);
}
