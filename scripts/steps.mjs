// The checks that are no test suites, in two lanes that run beside each other. Each gives `{ ok, output, seconds }`.
import { readFileSync } from 'node:fs';
import { checkPackages } from './packages.mjs';
import { root, run } from './run.mjs';

const lanes = [
  [
    { name: 'types', check: () => run(['tsc', '-b']) }, // compiles, too, what `packages` packs
    { name: 'packages', check: checkPackages },
  ],
  [
    { name: 'format and lint', check: () => run(['biome', 'ci', '--colors=off', '--error-on-warnings']) },
    { name: 'dead code', check: () => run(['knip', '--no-progress']) },
    { name: 'lockfile', check: checkLockfile },
  ],
];

/** Runs all checks and calls back with the name and the result of each, as they come. */
export async function runSteps(onResult) {
  const runLane = async (lane) => {
    for (const { name, check } of lane) onResult(name, await check());
  };
  await Promise.all(lanes.map(runLane));
}

async function checkLockfile() {
  const hosts = readFileSync(`${root}package-lock.json`, 'utf8').match(/"resolved": "https?:.*/g) ?? [];
  const result = await run(['npm', 'ci', '--dry-run']); // fails for a platform's package that does not exist
  if (hosts.length === 0) return result;
  const output = `The lockfile names a registry ${hosts.length} times, first in ${hosts[0]}\n${result.output}`;
  return { ...result, ok: false, output };
}
