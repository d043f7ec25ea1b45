// A figure: one measurement of one server, freshly started, and the columns that it fills.
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadVerbs } from '../load/load.ts';
import type { Subject } from '../servers/peers.ts';
import type { Remote } from '../testbed/child.ts';
import { cpuMicros } from '../testbed/machine.ts';
import type { Script } from '../upstream/script.ts';

/** The parts of one measurement. */
export interface Trial {
  readonly subject: Subject;
  readonly load: Remote<LoadVerbs>;
  /** Closes every stream at both ends, because some servers go on requesting without a reader. */
  readonly closeAll: () => Promise<void>;
  /** Whether the run is short and only shows that everything works. */
  readonly isQuick: boolean;
}

/** One column of the table. */
export interface Column {
  readonly key: string;
  readonly title: string;
  /** Digits after the decimal point. */
  readonly decimals: number;
  /** The row with the ratio 1. Without it the column has no ratios. */
  readonly against?: string;
  readonly moreIsBetter?: boolean;
}

/** One measurement. */
export interface Figure {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Whether the upstream itself is measured too, as a base line. */
  readonly withDirect?: boolean;
  /** Whether only servers that keep streams can be measured. */
  readonly onlyDurable?: boolean;
  /** Returns a value for each column, by key; NaN where a server cannot. */
  readonly measure: (trial: Trial) => Promise<Record<string, number>>;
}

/** Opens `count` streams and reads them to their ends.
 *  @throws {Error} when one of them is incomplete. */
export async function readReplies({ load, subject }: Trial, count: number, script: Partial<Script>): Promise<number> {
  await load.open({ port: subject.port, requests: [subject.requestFor(script)], count });
  const { tokens, fewest, most } = await load.ended();
  if (fewest !== script.tokens || most !== script.tokens) {
    throw new Error(`A reply of ${script.tokens} tokens came with ${fewest} to ${most}.`);
  }
  return tokens;
}

/** Warms up the server's just-in-time compiler. */
export async function warm(trial: Trial): Promise<void> {
  for (let i = 0; i < 3; i++) await readReplies(trial, 20, { tokens: 500 });
}

/** Returns the cost of a token while the streams that are open go on for `ms`, then closes them. */
export async function cpuPerTokenFor(trial: Trial, ms: number): Promise<number> {
  const { load } = trial;
  await delay(500);
  const cost = await cpuPerToken(trial, async () => {
    const before = await load.counted();
    await delay(ms);
    return (await load.counted()) - before;
  });
  await trial.closeAll();
  return cost;
}

/** Returns the CPU time of the server over `work`, divided by the tokens that `work` returns, in microseconds. */
export async function cpuPerToken({ subject }: Trial, work: () => Promise<number>): Promise<number> {
  const before = cpuMicros(subject.pid);
  const tokens = await work();
  return (cpuMicros(subject.pid) - before) / tokens;
}
