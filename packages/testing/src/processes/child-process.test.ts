// A paused process tree makes no progress and can still be ended; a process that ends early says so at once.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { end, freeze, hasEnded, thaw, untilReady } from './child-process.ts';

let parent: ChildProcess;
let pids: string[];
beforeEach(async () => {
  const started = spawn('sh', ['-c', 'sleep 60 & echo $$ $!; wait']);
  const [printed] = await once(started.stdout, 'data');
  parent = started;
  pids = `${printed}`.trim().split(' ');
});
afterEach(() => {
  for (const pid of pids.filter(stateOf)) process.kill(Number(pid), 'SIGKILL');
});

test('a frozen process stands still with its child, until it is thawed', async () => {
  freeze(parent);
  await expect.poll(() => pids.map(stateOf)).toEqual(['T', 'T']);

  thaw(parent);
  await expect.poll(() => pids.map(stateOf)).toEqual(['S', 'S']);
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a frozen process can be ended by %s, and its child runs on',
  async (signal) => {
    freeze(parent);
    const [, child = ''] = pids;
    const closed = end(parent, signal);
    await expect.poll(() => stateOf(child)).toBe('S');
    process.kill(Number(child));
    await closed;

    expect(hasEnded(parent)).toBe(true);
  },
);

test.each([
  ['exits', 'sh', ['-c', 'echo no such folder; exit 3'], 'no such folder'],
  ['cannot be started', '/nowhere/program', [], 'spawn /nowhere/program ENOENT'],
])(
  'a process that %s before it is ready is reported with its output, without a time',
  async (_, program, args, text) => {
    const child = spawn(program, args);
    const probe = () => Promise.reject(new Error('not listening'));

    const ready = untilReady(child, { name: 'Redis', probe, lastSignal: 'SIGKILL' });

    await expect(ready).rejects.toThrow(new RegExp(`^Redis ended before it was ready:\\n${text}\\n?$`));
  },
);

/** Returns the process state as one letter, T for stopped; undefined if the process has ended. */
function stateOf(pid: string): string | undefined {
  try {
    return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
