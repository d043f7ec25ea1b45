// What every commit passes, in under a minute: types, format, lint, dead code, lockfile, packages and the quick suites.
import { secondsSince } from './run.mjs';
import { runSteps } from './steps.mjs';
import { runSuite } from './suites.mjs';

const quickSuites = ['unit', 'react'];
const began = performance.now();
const failures = [];

function show(name, { ok, seconds, output }) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s`);
  if (!ok) failures.push({ name, output });
}

await runSteps(show);
for (const name of quickSuites) {
  const result = await runSuite(name);
  show(`${name} (${result.passed} tests)`, { ...result, ok: result.failed === 0 });
}

for (const { name, output } of failures) console.error(`\n${name} failed:\n${output}`);
console.log(
  `${failures.length === 0 ? 'Everything is fine' : `${failures.length} failed`}, ${secondsSince(began).toFixed(1)} s`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
