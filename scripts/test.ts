// `npm test`: installs missing programs, builds, checks and runs the suites. The last line is the sum over all of them.
// Arguments name suites, the projects of vitest.config.ts, which also says what the short run leaves out. `--full` runs
// everything, with exhaustive tests in full (packages/testing, `shortOrFull`); `--rest` only what the short
// run leaves out or shortens; `--then-rest` the short run and then the rest, as continuous integration does.
import { parseArgs } from 'node:util';
import type { ProgramName } from '@sillage/testing/programs';
import { startVitest } from 'vitest/node';
import { build } from './build.ts';
import { root, run, secondsSince } from './run.ts';
import { allPrograms, ensurePrograms, extraPrograms } from './system-packages.ts';
import { countSuite, listFailures, type SuiteCount } from './test-counts.ts';

const programsOf: Record<string, readonly ProgramName[]> = {
  unit: [],
  react: [],
  server: ['postgres', 'redis'],
  e2e: allPrograms,
  faults: allPrograms,
  'faults-redis': allPrograms,
  cluster: allPrograms,
  attacks: allPrograms,
  examples: allPrograms,
  timed: allPrograms,
  'timed-redis': allPrograms,
};
/** The suites of which the short run leaves out every file. */
const longSuites = ['timed-redis'];
const runsWithoutBuild = ['unit', 'react', 'server'];

/** What of the suites runs: vitest.config.ts and packages/testing read it from SILLAGE_TESTS. */
type Selection = 'short' | 'full' | 'rest';

const flag = { type: 'boolean', default: false } as const;
const { values: options, positionals: named } = parseArgs({
  options: { full: flag, rest: flag, 'then-rest': flag },
  allowPositionals: true,
});
const selections: readonly Selection[] = options['then-rest']
  ? ['short', 'rest']
  : [options.rest ? 'rest' : options.full ? 'full' : 'short'];
const unknown = named.find((name) => programsOf[name] === undefined);
if (unknown) throw new Error(`There is no suite "${unknown}". The suites are ${Object.keys(programsOf).join(', ')}.`);

const rows: ({ name: string } & SuiteCount)[] = [];
const failures: string[] = [];
const began = performance.now();
const suites = await prepare(named.length > 0 ? named : Object.keys(programsOf));
// In parallel with the suites, which are idle half of the time.
const checking = named.length === 0 && !options.rest ? addStep('checks', runChecks) : undefined;
for (const selection of selections) await runSuites(suites, selection);
await checking;
printTable();

/** Makes sure that programs and build are there. Returns the suites that can run; what is missing is a failed row. */
async function prepare(wanted: readonly string[]): Promise<string[]> {
  const programs = new Set(wanted.flatMap((name) => programsOf[name] ?? []));
  const isShort = selections.every((selection) => selection === 'short');
  if (wanted.includes('faults') && !isShort) for (const name of extraPrograms) programs.add(name);
  const hasPrograms = await addStep('programs', async () => {
    await ensurePrograms([...programs]);
  });
  const isBuilt = await addStep('build', async () => {
    if (wanted.some(needsBuild) && !(await build())) throw new Error('The build failed.');
  });
  return wanted.filter((name) => (isBuilt || !needsBuild(name)) && (hasPrograms || programsOf[name]?.length === 0));
}

function needsBuild(name: string): boolean {
  return !runsWithoutBuild.includes(name);
}

async function runChecks(): Promise<void> {
  const { ok, output } = await run(['npm', 'run', '--silent', 'check:static']);
  if (!ok) throw new Error(output);
}

/** Runs what precedes the suites, adds its row, and returns whether it succeeded. */
async function addStep(name: string, step: () => Promise<void>): Promise<boolean> {
  const start = performance.now();
  const error = await step().then(
    () => undefined,
    (reason: Error) => reason,
  );
  if (error) console.error(`\n${name} failed:\n${error.message}`);
  rows.push({ name, seconds: secondsSince(start), passed: 0, failed: error ? 1 : 0 });
  return error === undefined;
}

async function runSuites(names: readonly string[], selection: Selection): Promise<void> {
  process.env.SILLAGE_TESTS = selection;
  const vitest = await startVitest([], { root, run: true, project: [...names] });
  const modules = vitest.state.getTestModules();
  const hasFiles = (name: string) => modules.some(({ project }) => project.name === name);
  const mayBeEmpty = (name: string) => selection === 'rest' || (selection === 'short' && longSuites.includes(name));
  const rowOf = (name: string) => (options['then-rest'] && selection === 'rest' ? `${name}, rest` : name);
  for (const name of names) {
    if (hasFiles(name) || !mayBeEmpty(name)) rows.push({ name: rowOf(name), ...countSuite(name, modules) });
  }
  failures.push(...listFailures(modules));
  const errors = vitest.state.getUnhandledErrors().length;
  if (errors > 0) rows.push({ name: 'unhandled errors', seconds: 0, passed: 0, failed: errors });
  await vitest.close();
}

function printTable(): void {
  const sum = (key: 'passed' | 'failed') => rows.reduce((total, row) => total + row[key], 0);
  const line = (name: string, ...cells: (string | number)[]) =>
    console.log(name.padEnd(18) + cells.map((cell) => `${cell}`.padStart(9)).join(''));
  // Last, where a log that is cut still shows them.
  for (const failure of failures) console.log(`\nfailed: ${failure}`);
  console.log();
  line('part', 'seconds', 'passed', 'failed');
  for (const { name, seconds, passed, failed } of rows) line(name, seconds.toFixed(1), passed, failed);
  line('all', secondsSince(began).toFixed(1), sum('passed'), sum('failed'));
  process.exitCode = sum('failed') === 0 ? 0 : 1;
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
}
