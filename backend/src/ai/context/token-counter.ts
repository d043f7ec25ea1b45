// Counts tokens with OpenAI's encodings in a worker thread, which starts with the first count. Counts are cached by
// text. If the worker is busy or has failed, the estimate is used.
import { hash } from 'node:crypto';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { estimateTokens } from './token-estimate.ts';
import type { CountRequest, CountResponse, EncodingName } from './token-worker.ts';
import { WorkSlices } from './work-slices.ts';

/** Length of a piece in UTF-16 units. Texts are counted in pieces because merging pairs within a word takes
 *  quadratic time. */
const pieceLength = 256;
/** Safety factor of a count that is extrapolated from some of the pieces. */
const samplingMargin = 1.03;

/** Limits of a `TokenCounter`. */
export interface TokenCounterOptions {
  /** Maximum UTF-16 units counted per call. Longer texts are sampled and extrapolated. */
  readonly unitsPerCall?: number;
  /** Maximum units queued for the worker; beyond that, estimates are returned at once. */
  readonly unitsWaiting?: number;
  /** Maximum number of cached texts. */
  readonly remembered?: number;
  /** Called once with the error when the worker fails; from then on all counts are estimates. */
  readonly onFailure?: (error: Error) => void;
}

/** Counts tokens for the models of one server. Its owner closes it. */
export class TokenCounter {
  readonly #options: Required<TokenCounterOptions>;
  readonly #counted = new Map<string, number | Promise<number>>();
  readonly #waiting = new Map<number, (tokens: number | undefined) => void>();
  #unitsWaiting = 0;
  #lastId = 0;
  #worker: Worker | undefined;
  #isBroken = false;

  constructor({
    unitsPerCall = 262_144,
    unitsWaiting = 1_048_576,
    remembered = 20_000,
    onFailure = () => {},
  }: TokenCounterOptions = {}) {
    this.#options = { unitsPerCall, unitsWaiting, remembered, onFailure };
  }

  /** Returns the token count of each text for `model`: exact within the limits of the options, estimated otherwise. */
  async count(texts: readonly string[], { model }: { model: string }): Promise<number[]> {
    const encoding = encodingOf(model);
    const slices = new WorkSlices();
    const keys: string[] = [];
    for (const text of texts) {
      keys.push(`${encoding}${hash('sha1', text, 'base64')}`);
      if (slices.isOver) await slices.next();
    }
    const unknown = new Set(keys.filter((key) => !this.#counted.has(key)));
    const units = texts.reduce((sum, text, i) => sum + (unknown.has(keys[i] ?? '') ? text.length : 0), 0);
    const step = Math.max(1, Math.ceil(units / this.#options.unitsPerCall));
    const counts: (number | Promise<number>)[] = [];
    for (const [i, text] of texts.entries()) {
      const key = keys[i] ?? '';
      const counted = this.#counted.get(key);
      const isNew = counted === undefined;
      counts.push(isNew ? this.#countNew(text, { key, encoding, step }) : this.#remember(key, counted));
      if (slices.isOver) await slices.next();
    }
    return Promise.all(counts);
  }

  /** Ends the worker; pending counts resolve with their estimates. */
  async close(): Promise<void> {
    this.#isBroken = true;
    this.#giveUp();
    await this.#worker?.terminate();
  }

  #countNew(text: string, { key, encoding, step }: { key: string; encoding: EncodingName; step: number }) {
    const pieces = piecesOf(text, step);
    const units = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (this.#isBroken || this.#unitsWaiting + units > this.#options.unitsWaiting) return estimateTokens(text);
    this.#unitsWaiting += units;
    const result = this.#countInWorker(encoding, pieces).then((tokens) => {
      this.#unitsWaiting -= units;
      if (tokens === undefined) {
        this.#counted.delete(key);
        return estimateTokens(text);
      }
      const all = step === 1 ? tokens : Math.ceil((tokens * samplingMargin * text.length) / units);
      return this.#remember(key, all);
    });
    return this.#remember(key, result);
  }

  #remember<T extends number | Promise<number>>(key: string, tokens: T): T {
    this.#counted.delete(key);
    this.#counted.set(key, tokens); // reinserted as the newest cache entry
    for (const oldest of this.#counted.keys()) {
      if (this.#counted.size <= this.#options.remembered) break;
      this.#counted.delete(oldest);
    }
    return tokens;
  }

  /** Resolves with `undefined` if the worker cannot count. */
  #countInWorker(encoding: EncodingName, pieces: readonly string[]): Promise<number | undefined> {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const id = ++this.#lastId;
    this.#waiting.set(id, resolve);
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, encoding, pieces } satisfies CountRequest);
    return promise;
  }

  #start(): Worker {
    // The worker is a separate file beside this one: TypeScript in the sources, JavaScript after a build.
    const worker = new Worker(new URL(`./token-worker${extname(import.meta.url)}`, import.meta.url));
    worker.unref();
    worker.on('message', ({ id, tokens }: CountResponse) => {
      this.#waiting.get(id)?.(tokens);
      this.#waiting.delete(id);
    });
    worker.on('error', (error: Error) => {
      this.#isBroken = true;
      this.#options.onFailure(error);
      this.#giveUp();
    });
    return worker;
  }

  #giveUp(): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}

function encodingOf(model: string): EncodingName {
  return /^gpt-(3\.5|4$|4-)/.test(model) ? 'cl100k' : 'o200k';
}

/** Splits a text into pieces, before a space if there is one, and returns every `step`th. */
function piecesOf(text: string, step: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let i = 0; start < text.length; i++) {
    const piece = text.slice(start, start + pieceLength);
    const space = start + pieceLength < text.length ? piece.lastIndexOf(' ') : 0;
    if (i % step === 0) pieces.push(space > 0 ? piece.slice(0, space) : piece);
    start += space > 0 ? space : pieceLength;
  }
  return pieces;
}
