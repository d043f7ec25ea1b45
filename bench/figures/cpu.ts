// CPU microseconds of the server for one token: replies as fast as they go, and at a model's pace.
import { cpuPerToken, cpuPerTokenFor, type Figure, readReplies, type Trial, warm } from './figure.ts';

const pace = 20;

/** Measures 50 replies of 2,000 tokens, unpaced, three times over. */
export const unpacedCpu: Figure = {
  name: 'cpu',
  columns: [{ key: 'cpu', title: 'CPU us a token, unpaced', decimals: 1, against: 'rewrite' }],
  measure: async (trial) => {
    await warm(trial);
    return { cpu: await unpacedCost(trial, { streams: 50, tokens: 2000 }) };
  },
};

/** Measures 150 streams at 20 tokens a second. */
export const pacedCpu: Figure = {
  name: 'paced',
  columns: [{ key: 'paced', title: 'CPU us a token, 150 x 20/s', decimals: 0, against: 'pipe' }],
  measure: async (trial) => {
    await warm(trial);
    return { paced: await pacedCost(trial, 150) };
  },
};

/** Returns the cost of a token while `streams` replies arrive as fast as possible. */
export function unpacedCost(trial: Trial, { streams, tokens }: { streams: number; tokens: number }): Promise<number> {
  const times = trial.isQuick ? 1 : 3;
  return cpuPerToken(trial, async () => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum += await readReplies(trial, streams, { tokens });
    return sum;
  });
}

/** Returns the cost of a token while `streams` streams run at a model's pace. */
export async function pacedCost(trial: Trial, streams: number): Promise<number> {
  const { load, subject, isQuick } = trial;
  const requests = [subject.requestFor({ tokens: 1_000_000, rate: pace })];
  await load.open({ port: subject.port, requests, count: streams, rampMs: streams * 2 });
  return cpuPerTokenFor(trial, isQuick ? 2_000 : 6_000);
}
