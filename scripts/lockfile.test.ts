// The lockfile works with any registry: packages are found by name and checked by hash.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from './run.ts';

test('the lockfile names no registry', () => {
  const lockfile = readFileSync(`${root}package-lock.json`, 'utf8');

  expect(lockfile.match(/"resolved": "https?:.*/g)).toBeNull();
});
