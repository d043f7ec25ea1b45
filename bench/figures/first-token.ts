// Delay of the headers and of the first token beyond the upstream's own, in milliseconds.
import { firstStamps, type Reader } from '../load/reader.ts';
import { percentile } from '../report/percentiles.ts';
import type { Column } from '../report/table.ts';
import type { Figure } from './figure.ts';

/** Starts a second, and how many are measured. */
const rates = [
  { perSecond: 1, times: 20 },
  { perSecond: 20, times: 200 },
  { perSecond: 200, times: 1_000 },
] as const;

/** Measures with an upstream that answers at once, and with one that thinks for 30 ms, as a fast model would. */
export const firstToken: Figure = {
  name: 'ttft',
  withDirect: true,
  columns: [
    { key: 'firstP50', title: 'first token p50 ms, one at a time', decimals: 2, against: 'sdk-fetch' },
    { key: 'firstP99', title: 'p99 ms', decimals: 1, against: 'sdk-fetch' },
    { key: 'thoughtP50', title: 'first token after 30 ms of thought, p50 ms', decimals: 2, against: 'sdk-fetch' },
    ...rates.flatMap(({ perSecond }): Column[] => [
      { key: `head${perSecond}`, title: `headers p50 ms at ${perSecond} a second`, decimals: 2, against: 'sdk-fetch' },
      { key: `first${perSecond}`, title: 'first token p50 ms', decimals: 2, against: 'sdk-fetch' },
    ]),
  ],
  measure: async ({ load, subject, isQuick }) => {
    const times = isQuick ? 100 : 300;
    const request = subject.requestFor({ stamped: 1 });
    await load.read(request, times);
    const taken = (await load.read(request, times)).map(addedMs);
    const thoughtful = subject.requestFor({ stamped: 1, waitMs: 30 });
    const thought = (await load.read(thoughtful, times / 4)).map(addedMs);
    const values: Record<string, number> = {
      firstP50: percentile(taken, 0.5),
      firstP99: percentile(taken, 0.99),
      thoughtP50: percentile(thought, 0.5),
    };
    for (const { perSecond, times } of rates) {
      const starts = await load.read(request, isQuick ? times / 10 : times, { perSecond });
      const heads = starts.map(({ headMs, sentMs }) => headMs - sentMs);
      values[`head${perSecond}`] = percentile(heads, 0.5);
      values[`first${perSecond}`] = percentile(starts.map(addedMs), 0.5);
    }
    return values;
  },
};

/** Returns the time of a request to the upstream, and that of the first token from there. */
function addedMs({ body, head, sentMs, firstMs }: Reader): number {
  const stamps = firstStamps(Buffer.concat(body));
  if (!stamps) throw new Error(`A stream brought no first token: ${head || 'no response'}`);
  return stamps.arrivedMs - sentMs + (firstMs - stamps.sentMs);
}
