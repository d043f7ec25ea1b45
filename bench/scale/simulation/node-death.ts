// The load on the other nodes after one node dies: each of its readers connects to one of them. A node accepts
// readers one after the other, in addition to its present load.
import { percentile } from '../../report/percentiles.ts';
import { seeded } from './random.ts';

/** A cluster in which one node dies. */
export interface NodeDeath {
  readonly nodes: number;
  /** On each node. */
  readonly streams: number;
  readonly readers: number;
  /** CPU time of a node for one new reader. */
  readonly openMicros: number;
  /** The utilization of each node before. */
  readonly busy: number;
  /** The maximum of the random delay of a client before its first attempt. */
  readonly jitterMs: number;
  readonly seed?: number;
}

const windowMs = 100;

/** Simulates the death of one node. Returns the streams that end as `interrupted`, the new readers a second of the busiest
 *  node in its busiest tenth of a second, and how long a reader is away, in milliseconds. */
export function simulateNodeDeath({ nodes, streams, readers, openMicros, busy, jitterMs, seed = 1 }: NodeDeath) {
  const random = seeded(seed);
  const comingAt: number[][] = Array.from({ length: nodes - 1 }, () => []);
  for (let i = 0; i < readers; i++) comingAt[random.below(nodes - 1)]?.push(random.uniform() * jitterMs);
  const serveMs = openMicros / 1000 / (1 - busy);
  const away: number[] = [];
  let most = 0;
  for (const times of comingAt) {
    let freeAt = 0;
    const windows = new Map<number, number>();
    for (const at of times.sort((one, other) => one - other)) {
      freeAt = Math.max(freeAt, at) + serveMs;
      away.push(freeAt);
      const window = Math.floor(at / windowMs);
      windows.set(window, (windows.get(window) ?? 0) + 1);
    }
    most = Math.max(most, ...windows.values());
  }
  return {
    interrupted: streams,
    mostComingASecond: (most * 1000) / windowMs,
    away: { p50: percentile(away, 0.5), p99: percentile(away, 0.99) },
  };
}
