// Delay of the first token beyond the upstream's own, in milliseconds, one request at a time.
import { percentile } from '../report/percentiles.ts';
import { type Figure, warm } from './figure.ts';

/** Measures with an upstream that answers at once, and with one that thinks for 30 ms, as a fast model would. */
export const firstToken: Figure = {
  name: 'ttft',
  withDirect: true,
  columns: [
    { key: 'firstP50', title: 'first token p50 ms', decimals: 2, against: 'sdk-fetch' },
    { key: 'firstP99', title: 'p99 ms', decimals: 1, against: 'sdk-fetch' },
    { key: 'thoughtP50', title: 'first token after 30 ms of thought, p50 ms', decimals: 2, against: 'sdk-fetch' },
  ],
  measure: async (trial) => {
    const { load, subject, isQuick } = trial;
    await warm(trial);
    const times = isQuick ? 100 : 300;
    const { port } = subject;
    const request = subject.requestFor({ stamped: true });
    await load.firsts({ port, request, times });
    const taken = await load.firsts({ port, request, times });
    const slow = subject.requestFor({ stamped: true, waitMs: 30 });
    const thought = await load.firsts({ port, request: slow, times: times / 4 });
    return {
      firstP50: percentile(taken, 0.5),
      firstP99: percentile(taken, 0.99),
      thoughtP50: percentile(thought, 0.5),
    };
  },
};
