// An installation by hand is not repeated, and one of other versions is.
import { mkdirSync, writeFileSync } from 'node:fs';
import { tempFolder } from '@sillage/testing';
import { expect, test } from 'vitest';
import { isInstalled } from './installed.mjs';

const locked = {
  '': { version: '0.0.0' },
  backend: { version: '1.0.0' },
  'node_modules/a': { version: '1.2.3' },
  'node_modules/for-another-platform': { version: '1.0.0', optional: true },
  'backend/node_modules/b': { version: '2.0.0' },
  'node_modules/backend': { resolved: 'backend', link: true },
};
const { 'node_modules/for-another-platform': _, ...installed } = locked;

function folderWith(packages?: object): string {
  const folder = tempFolder();
  mkdirSync(`${folder}/node_modules`);
  writeFileSync(`${folder}/package-lock.json`, JSON.stringify({ packages: locked }));
  if (packages) writeFileSync(`${folder}/node_modules/.package-lock.json`, JSON.stringify({ packages }));
  return `${folder}/`;
}

test('this repository is installed', () => {
  expect(isInstalled(`${process.cwd()}/`)).toBe(true);
});

test.each([
  ['nothing', undefined, false],
  ['everything for this platform', installed, true],
  ['everything', locked, true],
  ['another version', { ...installed, 'node_modules/a': { version: '1.2.4' } }, false],
  ['all but one package', { ...installed, 'backend/node_modules/b': undefined }, false],
])('%s is installed', (_, packages, expected) => {
  expect(isInstalled(folderWith(packages))).toBe(expected);
});
