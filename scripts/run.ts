// Runs programs for the other scripts, with the project's own Node first on PATH.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the project, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The result of a program: whether it exited with 0, and what it printed. */
export interface RunResult {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a program in the root folder until it exits. `env` adds variables. */
export function run(
  [program = '', ...args]: readonly string[],
  { env = {} }: { env?: NodeJS.ProcessEnv } = {},
): Promise<RunResult> {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32', // npm's programs are .cmd files there
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => parts.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => parts.push(bytes));
  return new Promise((resolve) => {
    const end = (ok: boolean, message = '') => resolve({ ok, output: Buffer.concat(parts).toString() + message });
    child.once('error', (error) => end(false, `${program}: ${error.message}\n`));
    child.once('close', (status) => end(status === 0));
  });
}

/** Returns the seconds since `began`, a value of `performance.now()`. */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1000;
}
