// A figure: one measurement of one server, freshly started, and the columns that it fills.
import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from '../load/load.ts';
import type { Values } from '../report/results.ts';
import type { Column, Tabled } from '../report/table.ts';
import type { Subject } from '../servers/peers.ts';
import { cpuMicros } from '../testbed/machine.ts';
import type { Script } from '../upstream/script.ts';

/** The parts of one measurement. The server is warm. */
export interface Trial {
  readonly subject: Subject;
  readonly load: Load;
  /** Closes every stream at both ends, because some servers go on requesting without a reader. */
  readonly closeAll: () => void;
  /** Whether the run is short and only shows that everything works. */
  readonly isQuick: boolean;
}

/** One measurement. */
export interface Figure extends Tabled {
  /** Whether the upstream itself is measured too, as a base line. */
  readonly withDirect?: boolean;
  /** Whether only servers that keep streams can be measured. */
  readonly onlyDurable?: boolean;
  /** Returns a value for each column, by key; NaN where a server cannot. */
  readonly measure: (trial: Trial) => Promise<Values>;
}

/** Returns `count` equal requests for a reply. */
export function requestsFor({ subject }: Trial, count: number, script: Partial<Script>): string[] {
  return Array(count).fill(subject.requestFor(script));
}

/** One operation, measured at a small and at a large size. */
export interface GrowthLine {
  readonly key: string;
  /** What is measured, before its size. */
  readonly title: string;
  readonly unit: string;
  readonly sizes: readonly [number, number];
}

/** Returns the columns of both sizes: `${key}Small`, and `${key}Large` with its ratio to the small one. */
export function growthColumns({ key, title, unit, sizes: [small, large] }: GrowthLine, decimals: number): Column[] {
  const [smallKey, largeKey] = [`${key}Small`, `${key}Large`];
  const sizeOf = (size: number) => `${size.toLocaleString('en')} ${unit}`;
  return [
    { key: smallKey, title: `${title}: ${sizeOf(small)}`, decimals },
    { key: largeKey, title: `... ${sizeOf(large)}`, decimals, grownFrom: smallKey },
  ];
}

/** Opens `count` streams, reads them to their ends, and returns the number of tokens.
 *  @throws {Error} when one of them is incomplete. */
export async function readReplies(trial: Trial, count: number, script: Partial<Script>): Promise<number> {
  await trial.load.open(requestsFor(trial, count, script));
  const counts = await trial.load.ended();
  const wrong = counts.find((tokens) => tokens !== script.tokens);
  if (wrong !== undefined) throw new Error(`A reply of ${script.tokens} tokens came with ${wrong}.`);
  return counts.reduce((sum, tokens) => sum + tokens, 0);
}

/** Returns the cost of a token while the streams that are open go on for `ms`, then closes them. */
export async function cpuPerTokenFor(trial: Trial, ms: number): Promise<number> {
  await delay(500);
  const cost = await cpuPer(trial, async () => {
    const before = trial.load.tokens;
    await delay(ms);
    return trial.load.tokens - before;
  });
  trial.closeAll();
  return cost;
}

/** Returns the CPU time of the server over `work`, divided by the count that `work` returns, in microseconds. */
export async function cpuPer({ subject }: Trial, work: () => Promise<number>): Promise<number> {
  const before = cpuMicros(subject.pid);
  const count = await work();
  return (cpuMicros(subject.pid) - before) / count;
}
