// How the cost of Sillage grows: each value is what a token (or a start) costs at the larger size, against the smaller
// one. 1 is linear.

import { pacedCost, unpacedCost } from './cpu.ts';
import { cpuPerToken, type Figure, readReplies, type Trial, warm } from './figure.ts';
import { costOfReaders } from './readers.ts';

/** Measures twice the streams, readers and length, and a hundred times the stored conversations. */
export const growth: Figure = {
  name: 'growth',
  onlyDurable: true,
  columns: [
    { key: 'streamsTwice', title: 'cost a token: 100 : 50 streams, unpaced', decimals: 2 },
    { key: 'pacedTwice', title: '300 : 150 streams, paced', decimals: 2 },
    { key: 'readersTwice', title: '100 : 50 readers', decimals: 2 },
    { key: 'lengthTwice', title: '40,000 : 20,000 tokens', decimals: 2 },
    { key: 'conversationsMore', title: 'cost a start: 5,000 : 50 conversations', decimals: 2 },
  ],
  measure: async (trial) => {
    await warm(trial);
    const tokens = 2000;
    const streamsTwice = await ratio((streams) => unpacedCost(trial, { streams, tokens }), 50, 100);
    const pacedTwice = await ratio((streams) => pacedCost(trial, streams), 150, 300);
    const readersTwice = await ratio((count) => costOfReaders(trial, count), 50, 100);
    const lengthTwice = await ratio((length) => unpacedCost(trial, { streams: 5, tokens: length }), 20_000, 40_000);
    return { streamsTwice, pacedTwice, readersTwice, lengthTwice, conversationsMore: await conversations(trial) };
  },
};

async function ratio(cost: (size: number) => Promise<number>, smaller: number, larger: number): Promise<number> {
  const atSmaller = await cost(smaller);
  return (await cost(larger)) / atSmaller;
}

/** Starts sets of 20 replies, each in its own conversation: the first sets find about 50 conversations, the last 5,000. */
async function conversations(trial: Trial): Promise<number> {
  const { load, subject } = trial;
  const size = 20;
  const measured = 5;
  let set = 0;
  const startSets = async (count: number) => {
    let tokens = 0;
    for (const end = set + count; set < end; set++) {
      const requests = Array.from({ length: size }, (_, i) => subject.requestFor({ tokens: 5 }, `session-${set}-${i}`));
      await load.open({ port: subject.port, requests, count: size });
      tokens += (await load.ended()).tokens;
    }
    return tokens;
  };
  for (let i = 0; i < 10; i++) await readReplies(trial, size, { tokens: 5 });
  const few = await cpuPerToken(trial, () => startSets(measured));
  await startSets(250);
  return (await cpuPerToken(trial, () => startSets(measured))) / few;
}
