// A reply of 100,000 characters read again from its start, once it has ended.
import { median } from '../report/percentiles.ts';
import { plainToken } from '../upstream/script.ts';
import { type Figure, requestsFor } from './figure.ts';

const characters = 100_000;
/** An event with text; the opening block of a stream has an empty one. */
const textEvent = /^data: \{"(?:content":"[^"]|type":"text-delta)/gm;

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
    const tokens = characters / plainToken.length;
    const [streamId = ''] = await load.open(requestsFor(trial, 1, { tokens }));
    await load.ended();
    const request = subject.follow?.(streamId);
    const read = request === undefined ? [] : await load.read(request, isQuick ? 20 : 100);
    const whole = read.filter((reply) => reply.tokens === tokens); // one that forgets an ended stream has none
    return {
      resumeMs: median(whole.map(({ sentMs, firstMs }) => firstMs - sentMs)),
      resumeEvents: median(whole.map(({ body }) => Buffer.concat(body).toString().match(textEvent)?.length ?? 0)),
    };
  },
};
