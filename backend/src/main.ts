#!/usr/bin/env node
// The entry point: checks the version of Node.js before it loads the server, which an older one may fail to load. Compiled code
// is kept beside this file, where the folder is writable: the next start takes a fifth less CPU time.
import cluster from 'node:cluster';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './config/node-version.ts';

const problem = nodeProblem();
if (process.argv[2] === 'doctor') {
  void import('./doctor/doctor.ts').then(async ({ doctor }) => {
    const code = await doctor(process.argv.slice(3), { environment: process.env, print: console.log });
    process.stdout.write('', () => process.exit(code)); // a check may have left a connection that does not answer
  });
} else if (problem === undefined && process.argv[2] === 'backup') {
  void import('./backup/backup.ts').then(({ backup }) => {
    process.exitCode = backup(process.argv.slice(3), { environment: process.env, print: console.log });
  });
} else if (problem === undefined) {
  module.enableCompileCache(
    process.env.NODE_COMPILE_CACHE ?? fileURLToPath(new URL('./compile-cache', import.meta.url)),
  );
  if (cluster.isPrimary && process.argv.some((argument) => /^--workers(=|$)/.test(argument))) {
    void import('./workers/primary.ts').then(({ runWorkers }) => runWorkers(process.argv.slice(2)));
  } else {
    void import('./serve.ts').then(({ serve }) => serve());
  }
} else {
  console.error(`Sillage cannot start.\n${problem}`);
  process.exitCode = 1;
}
