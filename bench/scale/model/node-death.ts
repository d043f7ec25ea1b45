// The load on the other nodes after one node dies: each of its readers connects to one of them. A node accepts
// readers one after the other, in addition to its present load.
import { randomInt, randomLcg, randomUniform } from 'd3-random';
import { percentile } from '../../report/percentiles.ts';
import type { ModelInputs } from './demand.ts';

const windowMs = 100;

/** Simulates the death of one of so many nodes that are as full as assumed. Clients wait for a random time of up to `jitterMs`
 *  before their first attempt. Returns the readers of a node, the new ones a second of the busiest node in its busiest tenth of
 *  a second, and how long a reader is away, in milliseconds. */
export function simulateNodeDeath(
  { nodes, jitterMs }: { nodes: number; jitterMs: number },
  { units, pace, assumptions: { fullNode } }: ModelInputs,
) {
  const source = randomLcg(1);
  const node = randomInt.source(source)(nodes - 1);
  const pause = randomUniform.source(source)(jitterMs);
  const readers = Math.floor((fullNode * 1e6) / (pace * units.token.nodeCpuMicros));
  const coming = Array.from({ length: readers }, () => ({ to: node(), atMs: pause() }));
  const serveMs = units.open.nodeCpuMicros / 1000 / (1 - fullNode);
  const freeAt = new Map<number, number>();
  const away = coming
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ to, atMs }) => {
      const servedMs = Math.max(freeAt.get(to) ?? 0, atMs) + serveMs;
      freeAt.set(to, servedMs);
      return servedMs;
    });
  const windows = Object.values(Object.groupBy(coming, ({ to, atMs }) => `${to} ${Math.floor(atMs / windowMs)}`));
  const most = Math.max(...windows.map((window) => window?.length ?? 0));
  return {
    readers,
    mostComingASecond: (most * 1000) / windowMs,
    away: { p50: percentile(away, 0.5), p99: percentile(away, 0.99) },
  };
}
