// The pause before the next attempt: exponential with full jitter, so that clients do not reconnect in step.
import type { ClientTimings } from '../timings.ts';

/** Returns the pause before an attempt, in milliseconds; `attempt` counts those in a row without progress. */
export function backoff(
  attempt: number,
  { backoffMs, backoffMaxMs }: Pick<ClientTimings, 'backoffMs' | 'backoffMaxMs'>,
  random: () => number = Math.random,
): number {
  return random() * Math.min(backoffMaxMs, backoffMs * 2 ** attempt);
}
