// Develops: recompiles on save, restarts the server, serves the page with hot reload. Ctrl-C ends all of it.
import { createInterface } from 'node:readline';
import { start } from './run.mjs';

const programs = {
  types: ['tsc', '-b', '-w', '--preserveWatchOutput', 'packages/protocol', 'packages/client', 'backend'],
  server: ['node', '--watch', '--watch-preserve-output', 'backend/dist/main.js'],
  page: ['vite', 'frontend'],
};

const width = Math.max(...Object.keys(programs).map((name) => name.length));
const children = Object.entries(programs).map(([name, command]) => {
  const child = start(command, { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => console.log(`${name.padEnd(width)} | ${line}`));
  }
  child.once('error', (error) => console.error(`${name.padEnd(width)} | ${error.message}`));
  child.once('exit', (code) => end(code ?? 0)); // one alone is of no use
  return child;
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));

function end(code) {
  process.exitCode ??= code;
  for (const child of children) child.kill('SIGTERM');
}
