// One stream with many readers: CPU microseconds of a token for each of them.
import { cpuPerTokenFor, type Figure, type Trial, warm } from './figure.ts';

const pace = 50;
const streams = 2;

/** Measures 1, 10 and 100 readers of a stream. */
export const readers: Figure = {
  name: 'readers',
  onlyDurable: true,
  columns: [
    { key: 'readers1', title: 'CPU us a token and reader: 1 reader', decimals: 0 },
    { key: 'readers10', title: '10 readers', decimals: 0 },
    { key: 'readers100', title: '100 readers', decimals: 0 },
  ],
  measure: async (trial) => {
    await warm(trial);
    return {
      readers1: await costOfReaders(trial, 1),
      readers10: await costOfReaders(trial, 10),
      readers100: await costOfReaders(trial, 100),
    };
  },
};

/** Returns the cost of a token per reader while `count` readers follow each of two streams of 50 tokens a second. */
export async function costOfReaders(trial: Trial, count: number): Promise<number> {
  const { load, subject, isQuick } = trial;
  const { port, follow } = subject;
  if (!follow) return Number.NaN;
  const requests = [subject.requestFor({ tokens: 1_000_000, rate: pace })];
  const { streamIds } = await load.open({ port, requests, count: streams });
  const further = (count - 1) * streams;
  if (further > 0) await load.open({ port, requests: streamIds.map(follow), count: further, rampMs: further });
  return cpuPerTokenFor(trial, isQuick ? 2_000 : 5_000);
}
