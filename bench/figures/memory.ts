// Server memory of an idle stream with its connections, and of one more reader, in kB.
import { setTimeout as pause } from 'node:timers/promises';
import { memoryKb } from '../testbed/machine.ts';
import { type Figure, requestsFor } from './figure.ts';

/** Measures streams that are idle after one token. */
export const memory: Figure = {
  name: 'memory',
  columns: [
    { key: 'idleKb', title: 'idle stream, kB', decimals: 0, against: 'pipe' },
    { key: 'readerKb', title: 'one reader more, kB', decimals: 0 },
  ],
  measure: async (trial) => {
    const { load, subject, isQuick } = trial;
    const count = isQuick ? 500 : 1000;
    const kbMore = async (requests: readonly string[]) => {
      const before = memoryKb(subject.pid);
      const streamIds = await load.open(requests, { rampMs: count });
      await pause(2_000);
      return { kb: (memoryKb(subject.pid) - before) / count, streamIds };
    };
    await pause(1_000);
    const idle = await kbMore(requestsFor(trial, count, { tokens: 1, holds: 1 }));
    const followed = subject.follow?.(idle.streamIds[0] ?? '');
    const readerKb = followed === undefined ? Number.NaN : (await kbMore(Array(count).fill(followed))).kb;
    return { idleKb: idle.kb, readerKb };
  },
};
