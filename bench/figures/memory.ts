// What an idle stream holds in the server's memory, with its connections, and what one reader more holds, in kB.
import { setTimeout as pause } from 'node:timers/promises';
import { type Figure, warm } from '../figure.ts';
import { memoryKb } from '../machine.ts';

/** Measures streams that have brought one token and then say nothing. */
export const memory: Figure = {
  name: 'memory',
  columns: [
    { key: 'idleKb', title: 'idle stream, kB', decimals: 0, against: 'pipe' },
    { key: 'readerKb', title: 'one reader more, kB', decimals: 0 },
  ],
  measure: async (scene) => {
    const { load, subject, isQuick } = scene;
    await warm(scene);
    await pause(1_000);
    const count = isQuick ? 500 : 1000;
    const before = memoryKb(subject.pid);
    const requests = [subject.ask({ tokens: 1, holds: true })];
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
