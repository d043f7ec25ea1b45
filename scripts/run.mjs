// Runs programs for the other scripts, always with the project's own Node first on PATH. Plain JavaScript, no build.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the project, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The environment in which `node`, `tsc`, `vite` ... are the ones that the lockfile names. */
export const environment = { ...process.env, PATH: `${root}node_modules/.bin${delimiter}${process.env.PATH}` };

/** Starts a program in the root folder; its output goes where `stdio` says. */
export function start(command, { stdio = 'inherit', env = {} } = {}) {
  const [program, ...args] = command;
  return spawn(program, args, {
    cwd: root,
    env: { ...environment, ...env },
    stdio,
    shell: process.platform === 'win32', // programs of npm are .cmd files there
  });
}

/** Runs a program to its end: `{ ok, output, seconds }`. With `live` the output is shown instead of kept. */
export function run(command, { live = false, env = {} } = {}) {
  const began = performance.now();
  const child = start(command, { env, stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
  const parts = [];
  child.stdout?.on('data', (bytes) => parts.push(bytes));
  child.stderr?.on('data', (bytes) => parts.push(bytes));
  return new Promise((resolve) => {
    const end = (ok, message = '') =>
      resolve({ ok, output: Buffer.concat(parts).toString() + message, seconds: secondsSince(began) });
    child.once('error', (error) => end(false, `${command[0]}: ${error.message}\n`));
    child.once('close', (status) => end(status === 0));
  });
}

/** Says how long it is since `began`, a value of `performance.now()`. */
export function secondsSince(began) {
  return (performance.now() - began) / 1000;
}
