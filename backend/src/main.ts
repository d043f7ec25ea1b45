#!/usr/bin/env node
// The entry point: checks the version of Node.js before it loads the server, which an older one may fail to load.
import { nodeProblem } from './config/node-version.ts';

const problem = nodeProblem();
if (process.argv[2] === 'doctor') {
  const { doctor } = await import('./doctor/doctor.ts');
  process.exitCode = await doctor(process.argv.slice(3), { environment: process.env, print: console.log });
} else if (problem === undefined) {
  await import('./serve.ts');
} else {
  console.error(`Sillage cannot start.\n${problem}`);
  process.exitCode = 1;
}
