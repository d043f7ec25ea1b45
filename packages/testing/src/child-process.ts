// A process that a test has started, with the processes of its own: its first answer, its end, and a halt between.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './at-exit.ts';

const readyWithinMs = 30_000;
const pollMs = 50;

/** Says what to wait for: `ask` throws until `name` answers; `lastSignal` ends it when the test's process ends. */
export interface Awaited {
  readonly name: string;
  readonly ask: () => Promise<unknown>;
  readonly lastSignal: NodeJS.Signals;
}

/** Resolves when the process answers.
 *  @throws {Error} with its output, when it has ended, or is not ready in time. */
export async function untilReady(child: ChildProcess, { name, ask, lastSignal }: Awaited): Promise<void> {
  const printed: string[] = [];
  child.on('error', ({ message }) => printed.push(message)); // there is no such program
  child.once(
    'exit',
    atExit(() => signalAll(child, lastSignal)),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  for (const deadline = Date.now() + readyWithinMs; ; await delay(pollMs)) {
    try {
      return void (await ask());
    } catch {
      // not listening yet
    }
    if (hasEnded(child) || Date.now() > deadline) {
      await end(child, lastSignal);
      throw new Error(`${name} was not ready in ${readyWithinMs} ms:\n${printed.join('')}`);
    }
  }
}

/** Ends a process by a signal, a frozen one too, and resolves when it has said its last word and is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const closed = once(child, 'close'); // and not `exit`: its last words are still under way then
  signalAll(child, signal);
  await closed;
}

/** Says whether the process is gone. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Halts a process and its own: they run no more, yet their connections stay up. */
export function freeze(child: ChildProcess): void {
  child.kill('SIGSTOP'); // first: from here on it has no more children
  for (const pid of childrenOf(child)) kill(pid, 'SIGSTOP');
}

/** Ends a halt; harmless where there is none. */
export function thaw(child: ChildProcess): void {
  for (const pid of childrenOf(child)) kill(pid, 'SIGCONT');
  child.kill('SIGCONT');
}

/** Gives the process a signal that even a frozen one acts on; its children learn of its death and end by themselves. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  const children = childrenOf(child); // asked before it dies, when they are somebody else's
  child.kill(signal);
  child.kill('SIGCONT');
  for (const pid of children) kill(pid, 'SIGCONT');
}

function childrenOf({ pid }: ChildProcess): number[] {
  const list = `/proc/${pid}/task/${pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it is gone
  }
}
