// Everything that is tested, by one command: `npm test`, or the suites that are named. Installs the programs that are
// missing, builds, checks, runs the suites one after another; the very last line is the sum of them all. `--full` runs the
// exhaustive tests in their full length (packages/testing, `shortOrFull`).
import { build } from './build.mjs';
import { secondsSince } from './run.mjs';
import { runSteps } from './steps.mjs';
import { everySuite, runSuite, suites } from './suites.mjs';
import { ensurePrograms } from './system-packages.mjs';

const isFull = process.argv.includes('--full');
const named = process.argv.slice(2).filter((argument) => argument !== '--full');
const unknown = named.find((name) => !(name in suites));
if (unknown) throw new Error(`No suite is called "${unknown}": ${Object.keys(suites).join(', ')}`);
const wanted = named.length > 0 ? named : everySuite;
const began = performance.now();
const rows = [];

const env = await step('programs', async () => {
  return ensurePrograms([...new Set(wanted.flatMap((name) => suites[name].programs))]);
});
const isBuilt = await step('build', async () => {
  if (!wanted.some((name) => suites[name].needsBuild)) return true;
  if (!(await build([]))) throw new Error('The build failed.');
  return true;
});
if (named.length === 0) await runSteps(addCheck);
for (const name of wanted) rows.push({ name, ...(await suiteResult(name)) });
printTable();

/** Runs what comes before the suites; what it throws is one failure. */
async function step(name, work) {
  const start = performance.now();
  try {
    const result = await work();
    rows.push({ name, seconds: secondsSince(start), passed: 0, failed: 0 });
    return result;
  } catch (error) {
    console.error(error.message);
    rows.push({ name, seconds: secondsSince(start), passed: 0, failed: 1 });
    return undefined;
  }
}

function addCheck(name, { ok, output, seconds }) {
  if (!ok) console.error(`\n${name} failed:\n${output}`);
  rows.push({ name, seconds, passed: 0, failed: ok ? 0 : 1 });
}

async function suiteResult(name) {
  const { needsBuild, programs } = suites[name];
  if ((!needsBuild || isBuilt) && (programs.length === 0 || env)) {
    return runSuite(name, { env: { ...env, ...(isFull && { SILLAGE_FULL: '1' }) }, live: true });
  }
  console.error(`\n${name} did not run: what it needs is missing, see above.`);
  return { passed: 0, failed: 1, seconds: 0 };
}

function printTable() {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const line = (...cells) =>
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : `${cell}`.padStart(9))).join(''));
  console.log();
  line('part', 'seconds', 'passed', 'failed');
  for (const { name, seconds, passed, failed } of rows)
    line(name, seconds.toFixed(1), name in suites ? passed : '', failed);
  line('all', secondsSince(began).toFixed(1), sum('passed'), sum('failed'));
  process.exitCode = sum('failed') === 0 ? 0 : 1;
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
}
