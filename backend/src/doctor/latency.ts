// The round-trip time to a database.
import { type Finding, ok, warning } from './finding.ts';

const rounds = 9;
const warnMs = 20;

/** Measures the median of a few round trips. */
export async function checkLatency(check: string, roundTrip: () => Promise<unknown>): Promise<Finding> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const sentAt = performance.now();
    await roundTrip();
    times.push(performance.now() - sentAt);
  }
  const median = times.sort((a, b) => a - b)[(rounds - 1) / 2] ?? 0;
  const message = `answers in ${median.toFixed(1)} ms`;
  if (median < warnMs) return ok(check, message);
  return warning(check, message, 'Every piece of a reply waits for it: place it near the nodes.');
}
