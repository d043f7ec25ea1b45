// Lifecycle of a process that a test has started, including its children: ready check, end and pause.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { atExit } from './at-exit.ts';

const readyWithinMs = 120_000; // detects what never happens; a busy machine is slow
const pollMs = 50;

/** Readiness check of a process: `probe` throws until `name` is ready. `lastSignal` is sent when the test process
 *  ends. */
export interface Awaited {
  readonly name: string;
  readonly probe: () => Promise<unknown>;
  readonly lastSignal: NodeJS.Signals;
}

/** Resolves when the process is ready.
 *  @throws {Error} with its output, when it has ended or is not ready in time. */
export async function untilReady(child: ChildProcess, { name, probe, lastSignal }: Awaited): Promise<void> {
  const printed: string[] = [];
  child.on('error', ({ message }) => printed.push(message)); // the program cannot be executed
  child.once(
    'exit',
    atExit(() => signalAll(child, lastSignal)),
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  }
  for (const deadline = Date.now() + readyWithinMs; ; await delay(pollMs)) {
    try {
      return void (await probe());
    } catch {
      // not listening yet
    }
    if (hasEnded(child) || Date.now() > deadline) {
      const failure = hasEnded(child) ? 'ended before it was ready' : `was not ready in ${readyWithinMs} ms`;
      await end(child, lastSignal);
      throw new Error(`${name} ${failure}:\n${printed.join('')}`);
    }
  }
}

/** Ends a process by a signal, even if it is paused. Resolves when its output is complete and it has exited. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const closed = once(child, 'close'); // not `exit`: output may still arrive after it
  signalAll(child, signal);
  await closed;
}

/** Whether the process has exited. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Pauses a process and its children (SIGSTOP). Their connections stay open. */
export function freeze(child: ChildProcess): void {
  child.kill('SIGSTOP'); // first, so that it starts no more children
  for (const pid of childrenOf(child)) kill(pid, 'SIGSTOP');
}

/** Ends a pause; does nothing without one. */
export function thaw(child: ChildProcess): void {
  for (const pid of childrenOf(child)) kill(pid, 'SIGCONT');
  child.kill('SIGCONT');
}

/** Sends a signal that also ends a paused process. Its children detect that it has ended and exit by themselves. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  const children = childrenOf(child); // before the process ends, since its children then get another parent
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
    // the process has ended
  }
}
