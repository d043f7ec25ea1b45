// What the death of one node brings to the others: every reader that it had comes back to one of them. Each node takes
// them one after the other, beside what it does already.
import { percentile } from '../percentiles.ts';
import { seeded } from './random.ts';

/** Is a cluster in which one node dies. */
export interface Death {
  readonly nodes: number;
  /** On each node. */
  readonly streams: number;
  readonly readers: number;
  /** CPU time of a node for one reader that comes. */
  readonly openMicros: number;
  /** Share of its time that each node is busy already. */
  readonly busy: number;
  /** The longest pause of a client before its first attempt; it is drawn between nothing and this. */
  readonly jitterMs: number;
  readonly seed?: number;
}

/** Is what follows. */
export interface Aftermath {
  /** Streams that end as `interrupted`. */
  readonly interrupted: number;
  /** Readers that come to the busiest node in its busiest tenth of a second, as a rate. */
  readonly mostComingASecond: number;
  /** How long a reader is away, in milliseconds. */
  readonly away: { readonly p50: number; readonly p99: number };
}

const windowMs = 100;

/** Lets one node die. */
export function nodeDies({ nodes, streams, readers, openMicros, busy, jitterMs, seed = 1 }: Death): Aftermath {
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
