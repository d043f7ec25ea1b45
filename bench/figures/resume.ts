// A reply of 100,000 characters read again from its start, once it has ended.

import { median } from '../report/percentiles.ts';
import { plainToken } from '../upstream/script.ts';
import { type Figure, warm } from './figure.ts';

const characters = 100_000;

/** Measures the first text, and counts the events that carry the text. */
export const resume: Figure = {
  name: 'resume',
  onlyDurable: true,
  columns: [
    { key: 'resumeMs', title: 'resume of 100,000 characters: first text ms', decimals: 1 },
    { key: 'resumeEvents', title: 'text events', decimals: 0 },
  ],
  measure: async (trial) => {
    const { load, subject, isQuick } = trial;
    const { port, follow } = subject;
    await warm(trial);
    const tokens = characters / plainToken.length;
    const requests = [subject.requestFor({ tokens })];
    const { streamIds } = await load.open({ port, requests, count: 1 });
    await load.ended();
    if (!follow) return { resumeMs: Number.NaN, resumeEvents: Number.NaN };
    const request = follow(streamIds[0] ?? '');
    const read = await load.replies({ port, request, times: isQuick ? 20 : 100 });
    const whole = read.filter((reply) => reply.tokens === tokens); // one that forgets an ended stream has none
    return {
      resumeMs: median(whole.map(({ firstMs }) => firstMs)),
      resumeEvents: median(whole.map(({ textEvents }) => textEvents)),
    };
  },
};
