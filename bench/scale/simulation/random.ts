// Seeded random numbers: the same seed gives the same numbers on every machine.

/** A source of random numbers. */
export interface Random {
  /** At least 0, below 1. */
  uniform(): number;
  /** A whole number below `bound`. */
  below(bound: number): number;
  /** The time until the next random event, `mean` apart on average. */
  exponential(mean: number): number;
  /** Log-normal: `median` is its middle, `sigma` the spread of its logarithm. */
  logNormal(median: number, sigma: number): number;
}

/** Starts a sequence. The generator is mulberry32, by Tommy Ettinger, in the public domain. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    below: (bound) => Math.floor(uniform() * bound),
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
}
