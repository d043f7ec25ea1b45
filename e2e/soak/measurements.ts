// Figures of the server during a soak, and their plot.
import { writeFileSync } from 'node:fs';
import type { ServerProcess } from '@sillage/testing';
import { readLiveMb } from '../faults/fixture/live-memory.ts';
import { openHandles, residentMb } from '../faults/fixture/process-figures.ts';

/** The server at one moment. */
export interface Sample {
  readonly seconds: number;
  readonly memoryMb: number;
  readonly descriptors: number;
  readonly replies: number;
}

/** What a soak has measured. `before` and `after` are of the server at rest. */
export interface SoakResult {
  readonly date: string;
  readonly seconds: number;
  readonly streams: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly before: Rest;
  readonly after: Rest;
  readonly samples: readonly Sample[];
}

/** What the server holds at rest. */
export interface Rest {
  /** Memory in use after a garbage collection, in MB. */
  readonly liveMb: number;
  readonly descriptors: number;
  /** Timers, sockets and other resources of its event loop. */
  readonly resources: number;
}

/** Samples the server once a second until it is stopped. */
export function startSampling(pid: number, replies: () => number): { samples: Sample[]; stop(): void } {
  const samples: Sample[] = [];
  const began = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    const memoryMb = Math.round(residentMb(pid));
    samples.push({ seconds, memoryMb, descriptors: openHandles(pid), replies: replies() });
  }, 1_000);
  return { samples, stop: () => clearInterval(timer) };
}

/** Returns what the server has open, read from its metrics over one connection, and its memory in use. */
export async function readRest(server: ServerProcess): Promise<Rest> {
  const response = await fetch(`${server.url}/metrics`, { headers: { connection: 'close' } });
  const [, resources] = /^sillage_process_active_resources (\d+)$/m.exec(await response.text()) ?? [];
  const liveMb = await readLiveMb(server);
  return { liveMb, descriptors: openHandles(server.pid), resources: Number(resources) };
}

/** Writes a result with at most 120 samples, and its plot, into docs/. */
export function saveResult(result: SoakResult): void {
  const step = Math.ceil(result.samples.length / 120);
  const fewer = { ...result, samples: result.samples.filter((_, index) => index % step === 0) };
  const file = (name: string) => new URL(`../../docs/${name}`, import.meta.url);
  writeFileSync(file('soak.json'), `${JSON.stringify(fewer)}\n`);
  writeFileSync(file('soak.svg'), plotOf(fewer));
}

const [width, height, left] = [800, 240, 60];

function plotOf({ seconds, streams, counts, samples }: SoakResult): string {
  const replies = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const title = `${Math.round(seconds / 6) / 10} minutes, ${streams} streams at a time, ${replies.toLocaleString('en')} replies with faults`;
  const last = samples.at(-1) ?? { seconds, memoryMb: 0, descriptors: 0 };
  const line = (of: (sample: Sample) => number, name: string) => {
    const most = Math.max(...samples.map(of)) * 1.1;
    const points = samples.map((sample) => {
      const x = left + ((width - left - 10) * sample.seconds) / last.seconds;
      return `${x.toFixed(1)},${(height - 30 - ((height - 70) * of(sample)) / most).toFixed(1)}`;
    });
    return `<polyline class="${name}" points="${points.join(' ')}"/>`;
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${title}">
  <style>
    text { font: 14px system-ui, sans-serif; fill: #4a5560; }
    polyline { fill: none; stroke-width: 2; }
    .memory { stroke: #0a7095; }
    .descriptors { stroke: #b9c4cd; }
    @media (prefers-color-scheme: dark) { text { fill: #a9b4bd; } .memory { stroke: #4fb3d9; } .descriptors { stroke: #4a5761; } }
  </style>
  <text x="${left}" y="18">${title}</text>
  ${line(({ memoryMb }) => memoryMb, 'memory')}
  ${line(({ descriptors }) => descriptors, 'descriptors')}
  <text x="${left}" y="${height - 8}">blue: memory (at the end ${last.memoryMb} MB); grey: descriptors (${last.descriptors}); both from zero</text>
</svg>
`;
}
