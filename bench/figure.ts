// What a figure is: one measurement of one server, freshly started, and the columns that it fills.
import type { Remote } from './child.ts';
import type { LoadVerbs } from './load.ts';
import { cpuMicros } from './machine.ts';
import type { Subject } from './peers.ts';
import type { Script } from './script.ts';

/** Is the scene of one measurement. */
export interface Scene {
  readonly subject: Subject;
  readonly load: Remote<LoadVerbs>;
  /** Closes every stream at both ends: some servers would go on asking without a reader. */
  readonly closeAll: () => Promise<void>;
  /** A short run, that shows whether it works at all. */
  readonly isQuick: boolean;
}

/** Is one column of the table. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** How many decimals are meant. */
  readonly decimals: number;
  /** The row whose value is 1 in the ratios; none: the ratios say nothing. */
  readonly against?: string;
  readonly moreIsBetter?: boolean;
}

/** Is one measurement. */
export interface Figure {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Whether the upstream itself is measured too, as what everything is added to. */
  readonly withDirect?: boolean;
  /** Whether only servers that keep streams can be measured. */
  readonly onlyDurable?: boolean;
  /** Returns a value for each column, by key; NaN where a server cannot. */
  readonly measure: (scene: Scene) => Promise<Record<string, number>>;
}

/** Opens so many streams and reads them to their ends.
 *  @throws {Error} when one of them is not whole. */
export async function playWhole({ load, subject }: Scene, count: number, script: Partial<Script>): Promise<number> {
  await load.open({ port: subject.port, requests: [subject.ask(script)], count });
  const { tokens, fewest, most } = await load.ended();
  if (fewest !== script.tokens || most !== script.tokens) {
    throw new Error(`A reply of ${script.tokens} tokens came with ${fewest} to ${most}.`);
  }
  return tokens;
}

/** Lets the server's hot code become fast first. */
export async function warm(scene: Scene): Promise<void> {
  for (let i = 0; i < 3; i++) await playWhole(scene, 20, { tokens: 500 });
}

/** Returns the CPU time of the server over `work`, divided by the tokens that `work` returns, in microseconds. */
export async function cpuPerToken({ subject }: Scene, work: () => Promise<number>): Promise<number> {
  const before = cpuMicros(subject.pid);
  const tokens = await work();
  return (cpuMicros(subject.pid) - before) / tokens;
}
