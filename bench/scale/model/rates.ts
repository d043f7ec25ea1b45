// The traffic of concurrent readers: streams, replies, tokens, and the nodes that read them.
import type { Assumptions } from './assumptions.ts';
import type { Sizes, Units } from './measured.ts';

/** The inputs of the model. */
export interface ModelInputs {
  readonly units: Units;
  readonly sizes: Sizes;
  /** Tokens a second of each stream. */
  readonly pace: number;
  readonly assumptions: Assumptions;
}

/** The traffic of a second. */
export interface Rates {
  readonly readers: number;
  readonly streams: number;
  readonly replies: number;
  readonly tokens: number;
  /** Appends per token. Tokens that arrive while one waits share its append. */
  readonly appendsAToken: number;
}

/** Returns the number of streams and their traffic per second. */
export function ratesOf(readers: number, { pace, assumptions }: ModelInputs): Rates {
  const { readersAStream, tokensAReply, design } = assumptions;
  const streams = readers / readersAStream;
  const tokens = streams * pace;
  const appendsAToken = mergedShare(pace * (design.appendEveryMs / 1000));
  return { readers, streams, replies: tokens / tokensAReply, tokens, appendsAToken };
}

/** Returns the share of sends that remains when random arrivals, `arrivals` between two sends on average, are merged. */
export function mergedShare(arrivals: number): number {
  return arrivals === 0 ? 1 : (1 - Math.exp(-arrivals)) / arrivals;
}

/** Returns the average number of nodes, other than the producer's, that read a stream. */
export function readingNodesOf(nodes: number, { readersAStream, readElsewhere }: Assumptions): number {
  if (nodes <= 1) return 0;
  return (nodes - 1) * (1 - (1 - readElsewhere / (nodes - 1)) ** readersAStream);
}
