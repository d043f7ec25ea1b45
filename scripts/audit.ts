// Checks the dependencies: their licences and, on a machine with a connection, the registry's signatures and known
// vulnerabilities. `npm run audit -- --list` prints the licences as Markdown.
import { readFileSync } from 'node:fs';
import { type Lockfile, licenceProblems, licencesOf, licenceTable } from './licences.ts';
import { root, run } from './run.ts';

const lockfile: Lockfile = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));

if (process.argv.includes('--list')) console.log(licenceTable(lockfile));
else await check();

async function check(): Promise<void> {
  const problems = licenceProblems(lockfile);
  for (const problem of problems) console.log(`Licence not allowed: ${problem}`);
  console.log(`Licences: ${licencesOf(lockfile).length} packages, ${problems.length} not allowed.`);
  const results = [await npm('audit', 'signatures'), await npm('audit', '--audit-level=high')];
  if (problems.length > 0 || results.includes(false)) process.exitCode = 1;
}

/** Runs a check of npm; resolves with whether it passed. A check that could not run has not passed. */
async function npm(...args: string[]): Promise<boolean> {
  const { ok, output } = await run(['npm', ...args]);
  const isUnreachable = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENDPOINT|endpoint/.test(output);
  const result = ok
    ? 'passed'
    : isUnreachable
      ? 'not checked: the registry cannot be reached, or has no audits'
      : 'failed';
  console.log(`npm ${args.join(' ')}: ${result}.${ok ? '' : `\n${output}`}`);
  return ok;
}
