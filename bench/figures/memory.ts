// Server memory of an idle stream with its connections, and of one more reader, in kB.
import { setTimeout as pause } from 'node:timers/promises';
import { memoryKb } from '../testbed/machine.ts';
import { type Figure, warm } from './figure.ts';

/** Measures streams that are idle after one token. */
export const memory: Figure = {
  name: 'memory',
  columns: [
    { key: 'idleKb', title: 'idle stream, kB', decimals: 0, against: 'pipe' },
    { key: 'readerKb', title: 'one reader more, kB', decimals: 0 },
  ],
  measure: async (trial) => {
    const { load, subject, isQuick } = trial;
    await warm(trial);
    await pause(1_000);
    const count = isQuick ? 500 : 1000;
    const before = memoryKb(subject.pid);
    const requests = [subject.requestFor({ tokens: 1, holds: true })];
    const { streamIds } = await load.open({ port: subject.port, requests, count, rampMs: count });
    await pause(2_000);
    const withStreams = memoryKb(subject.pid);
    const idleKb = (withStreams - before) / count;
    const followed = streamIds[0];
    if (!subject.follow || !followed) return { idleKb, readerKb: Number.NaN };
    await load.open({ port: subject.port, requests: [subject.follow(followed)], count, rampMs: count });
    await pause(2_000);
    return { idleKb, readerKb: (memoryKb(subject.pid) - withStreams) / count };
  },
};
