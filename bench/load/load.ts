// The clients of one server. They send raw requests and count what comes.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../report/percentiles.ts';
import { Reader } from './reader.ts';

/** How streams are opened. */
export interface Opening {
  /** The time over which the requests are spread. */
  readonly rampMs?: number;
  /** Timeout of the first tokens, once all streams are opened. */
  readonly patienceMs?: number;
  /** Waits for the head of each response only, because no token may come. */
  readonly isQuiet?: boolean;
}

const longestWaitMs = 30_000;
const stepMs = 10;
const restMs = 15;

/** The readers of a server on `port`. */
export class Load {
  readonly #port: number;
  #readers: Reader[] = [];
  #delays: number[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** Opens a stream for each request, in addition to those that are open. Resolves with their ids when each has its first
   *  token, or its head with `isQuiet`.
   *  @throws {Error} with the head of the response that has no token. */
  async open(requests: readonly string[], { rampMs = 0, patienceMs, isQuiet = false }: Opening = {}) {
    const opened: Reader[] = [];
    const began = performance.now();
    const onDelay = (ms: number) => void this.#delays.push(ms);
    for (const request of requests) {
      while (performance.now() - began < (opened.length / requests.length) * rampMs) await delay(stepMs);
      opened.push(new Reader({ port: this.#port, request, onDelay }));
    }
    this.#readers.push(...opened);
    await this.#within(Promise.all(opened.map(({ first, responded }) => (isQuiet ? responded : first))), patienceMs);
    const broken = opened.find(({ tokens, status }) => (isQuiet ? status !== 200 : tokens === 0));
    if (broken) throw new Error(`A stream brought no token: ${broken.head || 'no response'}`);
    return opened.map(({ streamId }) => streamId);
  }

  /** The number of tokens received so far on all streams. */
  get tokens(): number {
    return this.#readers.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  /** The number of bytes received so far on all open streams. */
  get bytes(): number {
    return this.#readers.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Resolves when all streams have ended, with the number of tokens of each. */
  async ended(): Promise<number[]> {
    const ending = this.#readers;
    await this.#within(Promise.all(ending.map((reader) => reader.ended)));
    this.#readers = [];
    return ending.map(({ tokens }) => tokens);
  }

  /** Returns the delays of stamped tokens since the last call, in milliseconds. */
  takeDelays(): { p50: number; p99: number; count: number } {
    const taken = this.#delays;
    this.#delays = [];
    return { p50: percentile(taken, 0.5), p99: percentile(taken, 0.99), count: taken.length };
  }

  /** Reads complete replies and keeps their bodies: `perSecond` at a rate, else one after another with a pause between. */
  async read(request: string, times: number, { perSecond }: { perSecond?: number } = {}): Promise<Reader[]> {
    const read: Reader[] = [];
    const began = performance.now();
    for (let i = 1; i <= times; i++) {
      const reader = new Reader({ port: this.#port, request, keepsBody: true });
      read.push(reader);
      if (perSecond === undefined) await this.#within(reader.ended.then(() => delay(restMs)));
      else await delay(Math.max(0, began + (i * 1000) / perSecond - performance.now()));
    }
    await this.#within(Promise.all(read.map(({ ended }) => ended)));
    return read;
  }

  /** Closes every stream in any state and clears the delays. */
  closeAll(): void {
    for (const reader of this.#readers) reader.close();
    this.#readers = [];
    this.#delays = [];
  }

  async #within<T>(work: Promise<T>, patienceMs = longestWaitMs): Promise<T> {
    const over = new AbortController();
    const late = delay(patienceMs, undefined, over).then(() => {
      throw new Error(`Nothing whole for ${patienceMs / 1000} s; ${this.tokens} tokens so far.`);
    });
    return Promise.race([work, late]).finally(() => over.abort());
  }
}
