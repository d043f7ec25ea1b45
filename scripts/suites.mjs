// The test suites: one vitest project each, run one after another, counted from vitest's own report.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** The suites by name: the programs each needs, and whether it runs the built server. */
export const suites = {
  unit: { programs: [], needsBuild: false },
  server: { programs: ['postgres', 'redis'], needsBuild: false },
  react: { programs: [], needsBuild: false },
  e2e: { programs: ['chromium', 'nginx', 'postgres', 'redis'], needsBuild: true },
  faults: { programs: ['chromium', 'nginx', 'openssl'], needsBuild: true },
  'faults-redis': { programs: ['chromium', 'nginx', 'openssl', 'postgres', 'redis'], needsBuild: true },
  cluster: { programs: ['postgres', 'redis'], needsBuild: true },
  attacks: { programs: ['chromium', 'nginx', 'openssl', 'postgres', 'redis'], needsBuild: true },
};

/** The suites that `npm test` runs. */
export const everySuite = Object.keys(suites).filter((name) => name !== 'attacks' || existsSync(`${root}e2e/attacks`));

/** Runs a suite: `{ passed, failed, seconds, output }`. A suite that runs no test, or skips one, has failed. */
export async function runSuite(name, { env = {}, live = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sillage-suite-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { ok, output, seconds } = await run(['vitest', 'run', '--project', name, ...reporters], { env, live });
  const counts = existsSync(report) ? countsOf(JSON.parse(readFileSync(report, 'utf8'))) : { passed: 0, failed: 0 };
  rmSync(folder, { recursive: true, force: true });
  const isFailure = !ok || counts.passed === 0;
  return { passed: counts.passed, failed: Math.max(counts.failed, isFailure ? 1 : 0), seconds, output };
}

/** Counts the tests of a vitest JSON report; a file that could not run and a test that was skipped count as failed. */
export function countsOf(report) {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = report.numPendingTests + report.numTodoTests;
  return { passed: report.numPassedTests, failed: report.numFailedTests + skipped + brokenFiles.length };
}
