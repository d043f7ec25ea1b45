// Replies and their tokens, as they come: starts at random, lengths log-normal, tokens of a stream at random too.
import type { Random } from '../random.ts';

/** Is what comes, on average: streams under way at a time, tokens of each in a second and in all. */
export interface TrafficOptions {
  readonly streams: number;
  readonly pace: number;
  readonly tokensAReply: number;
}

/** Spread of the logarithm of lengths: one reply in ten is almost three times as long as the median. */
const sigma = 0.8;

/** Draws when replies start, how long they are, and when their tokens come. */
export class Traffic {
  readonly #random: Random;
  readonly #options: TrafficOptions;
  #nextStartMs: number;

  constructor(random: Random, options: TrafficOptions) {
    this.#random = random;
    this.#options = options;
    this.#nextStartMs = this.#startPause();
  }

  /** Draws how many tokens are left of a reply that is met in the middle: long ones are met more often. */
  tokensLeft(): number {
    const median = this.#options.tokensAReply * Math.exp(sigma ** 2 / 2);
    return Math.ceil(this.#random.logNormal(median, sigma) * this.#random.uniform());
  }

  /** Returns when replies start before `ms`, and their tokens. */
  *startsBefore(ms: number): Generator<{ atMs: number; tokens: number }> {
    const median = this.#options.tokensAReply * Math.exp(-(sigma ** 2) / 2);
    for (; this.#nextStartMs < ms; this.#nextStartMs += this.#startPause()) {
      yield { atMs: this.#nextStartMs, tokens: Math.max(1, Math.round(this.#random.logNormal(median, sigma))) };
    }
  }

  /** Draws how long the next token of a stream takes, in milliseconds. */
  tokenPause(): number {
    return this.#random.exponential(1000 / this.#options.pace);
  }

  #startPause(): number {
    const { streams, tokensAReply, pace } = this.#options;
    return this.#random.exponential(((tokensAReply / pace) * 1000) / streams);
  }
}
