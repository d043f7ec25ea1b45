// CPU microseconds of the server for one token: replies as fast as they go, at a model's pace, with many readers, and how the
// cost grows with the number and length of streams.
import {
  cpuPer,
  cpuPerTokenFor,
  type Figure,
  type GrowthLine,
  growthColumns,
  readReplies,
  requestsFor,
  type Trial,
} from './figure.ts';

/** Measures 50 replies of 2,000 tokens, three times over. */
export const unpacedCpu: Figure = {
  name: 'cpu',
  columns: [{ key: 'cpu', title: 'CPU us a token, unpaced', decimals: 1, against: 'rewrite' }],
  measure: async (trial) => ({ cpu: await unpacedCost(trial, 50) }),
};

/** Measures 150 streams at 20 tokens a second. */
export const pacedCpu: Figure = {
  name: 'paced',
  columns: [{ key: 'paced', title: 'CPU us a token, 150 x 20/s', decimals: 0, against: 'pipe' }],
  measure: async (trial) => ({ paced: await pacedCost(trial, 150) }),
};

/** Measures 1, 10 and 100 readers of a stream. */
export const readers: Figure = {
  name: 'readers',
  onlyDurable: true,
  columns: [
    { key: 'readers1', title: 'CPU us a token and reader: 1 reader', decimals: 0 },
    { key: 'readers10', title: '10 readers', decimals: 0 },
    { key: 'readers100', title: '100 readers', decimals: 0 },
  ],
  measure: async (trial) => ({
    readers1: await costOfReaders(trial, 1),
    readers10: await costOfReaders(trial, 10),
    readers100: await costOfReaders(trial, 100),
  }),
};

const unpaced = 'CPU us a token, unpaced';
const paced = 'CPU us a token, paced';
const read = 'CPU us a token and reader';
const growing: readonly (GrowthLine & { readonly costAt: (trial: Trial, size: number) => Promise<number> })[] = [
  { key: 'streams', title: unpaced, unit: 'streams', sizes: [50, 100], costAt: unpacedCost },
  { key: 'paced', title: paced, unit: 'streams', sizes: [150, 300], costAt: pacedCost },
  { key: 'readers', title: read, unit: 'readers', sizes: [50, 100], costAt: costOfReaders },
  { key: 'length', title: unpaced, unit: 'tokens a reply', sizes: [20_000, 40_000], costAt: costOfLength },
];

/** Measures twice the streams, readers and length. A ratio of 1 is linear. */
export const growth: Figure = {
  name: 'growth',
  onlyDurable: true,
  columns: growing.flatMap((line) => growthColumns(line, 1)),
  measure: async (trial) => {
    const values: Record<string, number> = {};
    for (const { key, sizes, costAt } of growing) {
      values[`${key}Small`] = await costAt(trial, sizes[0]);
      values[`${key}Large`] = await costAt(trial, sizes[1]);
    }
    return values;
  },
};

/** Returns the cost of a token while `streams` replies arrive as fast as possible. */
function unpacedCost(trial: Trial, streams: number, tokens = 2000): Promise<number> {
  return cpuPer(trial, async () => {
    let sum = 0;
    for (let i = 0; i < (trial.isQuick ? 1 : 3); i++) sum += await readReplies(trial, streams, { tokens });
    return sum;
  });
}

function costOfLength(trial: Trial, tokens: number): Promise<number> {
  return unpacedCost(trial, 5, tokens);
}

/** Returns the cost of a token while `streams` streams run at a model's pace. */
async function pacedCost(trial: Trial, streams: number): Promise<number> {
  const requests = requestsFor(trial, streams, { tokens: 1_000_000, rate: 20 });
  await trial.load.open(requests, { rampMs: streams * 2 });
  return cpuPerTokenFor(trial, trial.isQuick ? 2_000 : 6_000);
}

/** Returns the cost of a token per reader while `count` readers follow each of two streams of 50 tokens a second. */
async function costOfReaders(trial: Trial, count: number): Promise<number> {
  const { load, subject, isQuick } = trial;
  const { follow } = subject;
  if (!follow) return Number.NaN;
  const streamIds = await load.open(requestsFor(trial, 2, { tokens: 1_000_000, rate: 50 }));
  const further = streamIds.flatMap((streamId) => Array<string>(count - 1).fill(follow(streamId)));
  await load.open(further, { rampMs: further.length });
  return cpuPerTokenFor(trial, isQuick ? 2_000 : 5_000);
}
