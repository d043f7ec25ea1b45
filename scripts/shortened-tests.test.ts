// `npm run test:rest` finds the files of shortened tests by their calls of `shortOrFull` and `someOrAll`.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('only test files shorten tests: what a fixture shortens, no run would test in full', () => {
  const sources = globSync('{backend/src,bench,e2e,frontend/src,packages/*/src,scripts}/**/*.{ts,tsx}');
  const fixtures = sources.filter((path) => !/\.test\.tsx?$/.test(path) && !path.endsWith('/short-or-full.ts'));

  expect(fixtures.length).toBeGreaterThan(100);
  expect(fixtures.filter((path) => /(shortOrFull|someOrAll)\(/.test(readFileSync(path, 'utf8')))).toEqual([]);
});
