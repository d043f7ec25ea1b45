// Sillage's own CPU profile: runs the chosen figures under the profiler and adds up the samples.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '@sillage/testing';
import type { Figure } from '../figures/figure.ts';
import { peers } from '../servers/peers.ts';
import { openTestbed } from '../testbed/testbed.ts';
import { markdownTable } from './table.ts';

/** The parts of a `.cpuprofile` file that are used. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
  /** Microseconds on the machine's monotonic clock, which this process reads too. */
  readonly startTime: number;
}

const shown = 30;

/** Runs each figure against a profiled server, and prints its busy time by file and by function. */
export async function printProfile(figures: readonly Figure[], options: { isQuick: boolean }): Promise<void> {
  const sillage = peers.find(({ name }) => name === 'sillage');
  for (const figure of figures) {
    const profileFolder = tempFolder('sillage-profile-');
    await using testbed = await openTestbed({ profileFolder });
    let beganMicros = 0;
    const measure: Figure['measure'] = (scene) => {
      beganMicros = Number(process.hrtime.bigint() / 1000n);
      return figure.measure(scene);
    };
    if (sillage)
      console.log(figure.name, JSON.stringify(await testbed.measure(sillage, { ...figure, measure }, options)));
    for (const file of readdirSync(profileFolder)) {
      const profile = behind(JSON.parse(readFileSync(join(profileFolder, file), 'utf8')), beganMicros);
      console.log(`\n${markdownTable(sharesOf(profile, fileOf))}\n\n${markdownTable(sharesOf(profile, functionOf))}\n`);
    }
  }
}

/** Removes the samples before a moment, such as those of the start of the process. */
export function behind(profile: CpuProfile, micros: number): CpuProfile {
  let at = profile.startTime;
  const from = profile.timeDeltas.findIndex((delta) => {
    at += delta;
    return at >= micros;
  });
  const cut = from < 0 ? profile.samples.length : from;
  return { ...profile, samples: profile.samples.slice(cut), timeDeltas: profile.timeDeltas.slice(cut) };
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** Adds up self time by a name of the frame; returns table lines, the largest share first. Idle time is left out. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile, nameOf: (frame: Frame) => string): string[][] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, i) => {
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)') return;
    const spent = timeDeltas[i] ?? 0;
    busy += spent;
    micros.set(nameOf(frame), (micros.get(nameOf(frame)) ?? 0) + spent);
  });
  const sorted = [...micros].sort(([, a], [, b]) => b - a).slice(0, shown);
  const percent = (spent: number) => `${((spent / busy) * 100).toFixed(1)} %`;
  return [['self time', 'ms', 'share'], ...sorted.map(([name, t]) => [name, (t / 1000).toFixed(0), percent(t)])];
}

/** Names the file of a frame, from the package it belongs to. */
export function fileOf({ url, functionName }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  return url.replace(/^.*\/node_modules\//, '').replace(/^file:.*\/((?:backend|packages\/\w+)\/)/, '$1');
}

/** Names the function of a frame, with its file and line. */
export function functionOf(frame: Frame): string {
  return `${frame.functionName || '(anonymous)'} ${fileOf(frame)}:${frame.lineNumber + 1}`;
}
