// What all requests of one client share: its options as they are now, and its timings.
import type { AIStreamOptions } from '../options.ts';
import { type ClientTimings, defaultTimings } from '../timings.ts';

/** How to reach the server. The options are read at each use, because they may change meanwhile. */
export interface ClientContext {
  readonly options: () => AIStreamOptions;
  readonly timings: ClientTimings;
  /** Returns the pause before an attempt, in milliseconds: exponential with full jitter, so that clients do not reconnect
   *  in step. `attempt` counts those in a row without progress. */
  readonly backoff: (attempt: number) => number;
}

/** Fills in the defaults of the options. */
export function clientContextOf(options: () => AIStreamOptions): ClientContext {
  const timings = { ...defaultTimings, ...options().timings };
  const { backoffMs, backoffMaxMs } = timings;
  return {
    options,
    timings,
    backoff: (attempt) => (options().random ?? Math.random)() * Math.min(backoffMaxMs, backoffMs * 2 ** attempt),
  };
}
