// Sends the text of this node's streams to Redis: one command per stream with all that was appended since the last one, and
// the commands of one tick in one round trip. The whole text is in memory, so a Redis that lost data is filled again.
import type { EndEvent, Offset, StreamId } from '@sillage/protocol';
import { Outage } from '../../../observing/outage.ts';
import { Throttle } from '../../../platform/throttle.ts';
import type { LiveStream } from '../../live-stream.ts';
import { fenced } from '../../producer-checks.ts';
import type { Unread } from '../../stream-store.ts';
import type { Appended, RedisText, TextEntry } from './redis-text.ts';

/** Intervals of sending and polling, and the callback for streams that another node took over. */
export interface ProducersOptions {
  /** Shortest time between two rounds of sending. */
  readonly sendMs: number;
  readonly retryMs: number;
  /** Interval at which Redis is polled for its offset and for readers on other nodes. */
  readonly pollMs: number;
  /** How long Redis keeps a text after its last access. */
  readonly keepMs: number;
  /** Called when another epoch owns the stream. */
  readonly onFenced: (streamId: StreamId) => void;
}

/** An open stream that this node sends to Redis. */
interface Producer {
  readonly streamId: StreamId;
  readonly epoch: number;
  readonly live: LiveStream;
  waiting: Waiting[];
  /** The last offset that Redis is known to have. */
  sentOffset: Offset;
  polledAt: number;
  /** When a poll last succeeded, and when one last found readers on another node. */
  pollSucceededAt: number;
  readElsewhereAt: number;
  isSending: boolean;
  end: EndEvent | undefined;
}

interface Waiting {
  readonly offset: Offset;
  readonly resolve: (offset: Offset) => void;
  readonly reject: (error: unknown) => void;
}

/** Maximum entries per command; a longer text is sent in several. */
const maxEntriesPerSend = 64;
const never = Number.NEGATIVE_INFINITY;
/** How long Redis keeps the text of an ended stream, for the readers that follow it there. */
const endedKeepMs = 10_000;

/** Sends appended text, and advances `stored` of each stream only after Redis has confirmed it. */
export class Producers {
  readonly #text: RedisText;
  readonly #options: ProducersOptions;
  readonly #producers = new Map<StreamId, Producer>();
  /** Streams to send in the next round. */
  readonly #pendingSends = new Set<Producer>();
  readonly #throttle: Throttle;
  readonly #pollTimer: NodeJS.Timeout;
  #retryTimer: NodeJS.Timeout | undefined;
  /** Commands that Redis rejects, for example because its memory is full. A lost connection is logged by `RedisLink`. */
  readonly #rejections: Outage;

  constructor(text: RedisText, options: ProducersOptions) {
    this.#text = text;
    this.#options = options;
    this.#throttle = new Throttle(options.sendMs, () => this.#sendAll());
    this.#pollTimer = setInterval(() => this.#pollAll(), options.pollMs);
    this.#rejections = new Outage({
      context: 'Redis',
      begun: 'Redis rejects the text of replies, which waits and is sent again.',
      over: 'Redis accepts the text of replies again.',
      quietMs: options.retryMs * 2,
    });
  }

  /** Adds a stream; Redis already has its text up to `sentOffset`. */
  add({ streamId, epoch }: { streamId: StreamId; epoch: number }, live: LiveStream, { sentOffset = 0 } = {}): void {
    const times = { polledAt: never, pollSucceededAt: performance.now(), readElsewhereAt: never };
    this.#producers.set(streamId, {
      streamId,
      epoch,
      live,
      waiting: [],
      sentOffset,
      ...times,
      isSending: false,
      end: undefined,
    });
  }

  /** Sends what was appended to the stream, its first text without a delay; resolves with `offset` once Redis has everything up
   *  to it.
   *  @throws {StreamError} `fenced`. */
  send(streamId: StreamId, offset: Offset): Promise<Offset> {
    return new Promise((resolve, reject) => {
      const producer = this.#producers.get(streamId);
      if (producer === undefined) return reject(fenced(streamId));
      producer.waiting.push({ offset, resolve, reject });
      this.#requestSend(producer);
    });
  }

  /** Sends an end that is stored in the database, and resolves what waits for Redis: the database has the whole text. */
  end(streamId: StreamId, end: EndEvent): void {
    const producer = this.#producers.get(streamId);
    if (producer === undefined) return;
    producer.end = end;
    for (const { resolve, offset } of producer.waiting.splice(0)) resolve(offset);
    this.#requestSend(producer);
  }

  /** Removes a stream that another node produces now; what waits rejects with `fenced`. */
  drop(streamId: StreamId): void {
    const producer = this.#producers.get(streamId);
    if (producer === undefined) return;
    this.#producers.delete(streamId);
    this.#pendingSends.delete(producer);
    for (const { reject } of producer.waiting.splice(0)) reject(fenced(streamId));
  }

  /** Returns how long the stream has had no reader on any node; `undefined` while it has, or may have, one. */
  unread(streamId: StreamId): Unread | undefined {
    const producer = this.#producers.get(streamId);
    const here = producer?.live.unread;
    if (producer === undefined || here === undefined) return undefined;
    const { pollSucceededAt, readElsewhereAt } = producer;
    // Other nodes mark that they read once in `pollMs`, and this node polls as often. While Redis is unreachable, a reader
    // on another node is assumed.
    const uncertainMs = 2 * this.#options.pollMs;
    const now = performance.now();
    if (now - pollSucceededAt > uncertainMs) return undefined;
    if (readElsewhereAt === never) return here;
    const forMs = Math.min(here.forMs, now - readElsewhereAt - uncertainMs);
    return forMs < 0 ? undefined : { forMs, wasRead: true };
  }

  /** Polls every stream: Redis may have lost data while it was unreachable. */
  recheckAll(): void {
    for (const producer of this.#producers.values()) producer.polledAt = never;
    this.#pollAll();
  }

  /** Stops sending; what waits rejects with an `AbortError`. */
  close(): void {
    clearInterval(this.#pollTimer);
    clearTimeout(this.#retryTimer);
    this.#rejections.close();
    for (const { waiting } of this.#producers.values()) {
      for (const { reject } of waiting.splice(0)) reject(new DOMException('The store was closed.', 'AbortError'));
    }
    this.#producers.clear();
    this.#pendingSends.clear();
  }

  /** Polls Redis for each stream that was not polled within `pollMs`. */
  #pollAll(): void {
    for (const producer of this.#producers.values()) if (this.#isDue(producer)) this.#requestSend(producer);
  }

  #isDue({ polledAt }: Producer): boolean {
    return performance.now() - polledAt >= this.#options.pollMs;
  }

  #requestSend(producer: Producer): void {
    this.#pendingSends.add(producer);
    this.#throttle.schedule({ isUrgent: isUrgent(producer) });
  }

  #sendAll(): void {
    for (const producer of this.#pendingSends) {
      if (producer.isSending) continue; // one command at a time per stream: the response triggers the next
      this.#pendingSends.delete(producer);
      void this.#send(producer);
    }
  }

  async #send(producer: Producer): Promise<void> {
    producer.isSending = true;
    try {
      const appended = await this.#append(producer);
      this.#rejections.succeeded();
      if (!this.#owns(producer)) return;
      if (appended === undefined || appended.offset > lastOffsetOf(producer))
        return this.#options.onFenced(producer.streamId);
      this.#applyResult(producer, appended);
    } catch (error) {
      if ((error as Error).name === 'ReplyError') this.#rejections.failed(error);
      if (producer.end !== undefined) return void this.#producers.delete(producer.streamId); // it is in the database
      this.#pendingSends.add(producer);
      this.#retryTimer ??= setTimeout(() => this.#retryNow(), this.#options.retryMs);
      return;
    } finally {
      producer.isSending = false;
    }
    if (this.#pendingSends.has(producer)) this.#requestSend(producer);
  }

  async #append(producer: Producer): Promise<Appended | undefined> {
    const { live, sentOffset, end } = producer;
    const entries: TextEntry[] = live.appendedAfter(sentOffset, maxEntriesPerSend);
    const last = entries.at(-1)?.offset ?? sentOffset;
    const isLast = end !== undefined && last === end.offset - 1;
    if (isLast) entries.push({ type: 'end', end, offset: end.offset });
    const isPoll = isLast || this.#isDue(producer);
    if (isPoll) producer.polledAt = performance.now();
    const keepMs = isLast ? endedKeepMs : this.#options.keepMs;
    return this.#text.append(producer, entries, { after: sentOffset, ...(isPoll && { keepMs }) });
  }

  #applyResult(producer: Producer, { offset: sentOffset, isReadElsewhere }: Appended): void {
    producer.sentOffset = sentOffset;
    if (isReadElsewhere !== undefined) this.#recordReaders(producer, isReadElsewhere);
    if (producer.end !== undefined) {
      if (sentOffset >= producer.end.offset) this.#producers.delete(producer.streamId);
      else this.#requestSend(producer);
      return;
    }
    producer.live.markStored(sentOffset);
    let stored = 0;
    while ((producer.waiting[stored]?.offset ?? Number.POSITIVE_INFINITY) <= sentOffset) stored++;
    for (const { resolve, offset } of producer.waiting.splice(0, stored)) resolve(offset);
    if (sentOffset < producer.live.appended) this.#requestSend(producer);
  }

  #recordReaders(producer: Producer, isReadElsewhere: boolean): void {
    const now = performance.now();
    // After an outage Redis may have lost the marks of readers on other nodes, which renew them at their next poll.
    const wasUnreachable = now - producer.pollSucceededAt > 2 * this.#options.pollMs;
    if (isReadElsewhere || (wasUnreachable && producer.readElsewhereAt !== never)) producer.readElsewhereAt = now;
    producer.pollSucceededAt = now;
  }

  #owns(producer: Producer): boolean {
    return this.#producers.get(producer.streamId) === producer;
  }

  #retryNow(): void {
    this.#retryTimer = undefined;
    this.#throttle.schedule();
  }
}

/** Whether somebody waits for what is sent next: the first words, or the end. */
function isUrgent({ sentOffset, end }: Producer): boolean {
  return sentOffset === 0 || end !== undefined;
}

function lastOffsetOf({ live, end }: Producer): Offset {
  return end?.offset ?? live.appended;
}
