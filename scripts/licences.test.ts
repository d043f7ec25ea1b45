import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAllowed, type Lockfile, licenceProblems, licenceTable } from './licences.ts';
import { root } from './run.ts';

const lockfile: Lockfile = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));

test('every package of the lockfile has a licence that permits its use', () => {
  expect(licenceProblems(lockfile)).toEqual([]);
});

test('a package with another licence or none is named, wherever it is installed; our own packages are left out', () => {
  const packages = {
    'packages/client': { version: '1.0.0' },
    'node_modules/@sillage/client': { link: true },
    'node_modules/@scope/strict': { version: '2.0.0', license: 'AGPL-3.0-only' },
    'node_modules/a/node_modules/nameless': { version: '1.2.3' },
    'node_modules/free': { version: '1.0.0', license: 'MIT' },
  };

  expect(licenceProblems({ packages })).toEqual(['@scope/strict@2.0.0: AGPL-3.0-only', 'nameless@1.2.3: no licence']);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['(Apache-2.0 AND BSD-3-Clause)', true],
  ['(MIT AND GPL-3.0-only)', false],
  ['SEE LICENSE IN LICENSE', false],
  ['UNLICENSED', false],
])('%s: %s', (expression, expected) => {
  expect(isAllowed(expression)).toBe(expected);
});

test('the list has a row for each package and version', () => {
  expect(licenceTable(lockfile)).toMatch(/^\| vitest \| \d+\.\d+\.\d+ \| MIT \|$/m);
});
