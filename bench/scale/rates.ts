// What so many concurrent readers bring: streams, replies, tokens, and the nodes that read them.
import type { Assumptions } from './assumptions.ts';
import type { Sizes, Units } from './measured.ts';

/** Is what the model stands on. */
export interface Ground {
  readonly units: Units;
  readonly sizes: Sizes;
  /** Tokens a second of each stream. */
  readonly pace: number;
  readonly assumptions: Assumptions;
}

/** Is what a second brings. */
export interface Rates {
  readonly readers: number;
  readonly streams: number;
  readonly replies: number;
  readonly tokens: number;
  /** Share of tokens that is sent to Redis alone; what comes while one waits goes with it. */
  readonly appendsAToken: number;
}

/** Returns how many streams there are, and what they bring in a second. */
export function ratesOf(readers: number, { pace, assumptions }: Ground): Rates {
  const { readersAStream, tokensAReply, design } = assumptions;
  const streams = readers / readersAStream;
  const tokens = streams * pace;
  const appendsAToken = mergedShare(pace * (design.appendEveryMs / 1000));
  return { readers, streams, replies: tokens / tokensAReply, tokens, appendsAToken };
}

/** Returns which share of sends is left when what comes at random, `arrivals` in the time between two sends, goes together. */
export function mergedShare(arrivals: number): number {
  return arrivals === 0 ? 1 : (1 - Math.exp(-arrivals)) / arrivals;
}

/** Returns on how many nodes but the producer's a stream is read, on average. */
export function readingNodesOf(nodes: number, { readersAStream, readElsewhere }: Assumptions): number {
  if (nodes <= 1) return 0;
  return (nodes - 1) * (1 - (1 - readElsewhere / (nodes - 1)) ** readersAStream);
}
