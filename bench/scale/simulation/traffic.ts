// Random traffic: starts of replies, log-normal lengths, and the tokens of each stream.
import type { Random } from './random.ts';

/** Average traffic: concurrent streams, tokens a second of each, and tokens of a reply. */
export interface TrafficOptions {
  readonly streams: number;
  readonly pace: number;
  readonly tokensAReply: number;
}

/** Spread of the logarithm of lengths: one reply in ten is almost three times as long as the median. */
const sigma = 0.8;

/** Draws the start and length of replies, and the arrival of their tokens. */
export class Traffic {
  readonly #random: Random;
  readonly #options: TrafficOptions;
  #nextStartMs: number;

  constructor(random: Random, options: TrafficOptions) {
    this.#random = random;
    this.#options = options;
    this.#nextStartMs = this.#startPause();
  }

  /** Draws the remaining tokens of a reply at a random moment, when long replies are more likely. */
  tokensLeft(): number {
    const median = this.#options.tokensAReply * Math.exp(sigma ** 2 / 2);
    return Math.ceil(this.#random.logNormal(median, sigma) * this.#random.uniform());
  }

  /** Yields the starts of replies before `ms`, with their tokens. */
  *startsBefore(ms: number): Generator<{ atMs: number; tokens: number }> {
    const median = this.#options.tokensAReply * Math.exp(-(sigma ** 2) / 2);
    for (; this.#nextStartMs < ms; this.#nextStartMs += this.#startPause()) {
      yield { atMs: this.#nextStartMs, tokens: Math.max(1, Math.round(this.#random.logNormal(median, sigma))) };
    }
  }

  /** Draws the time until the next token of a stream, in milliseconds. */
  tokenPause(): number {
    return this.#random.exponential(1000 / this.#options.pace);
  }

  #startPause(): number {
    const { streams, tokensAReply, pace } = this.#options;
    return this.#random.exponential(((tokensAReply / pace) * 1000) / streams);
  }
}
