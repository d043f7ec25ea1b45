// Tests that did not run are never counted as passed, and those that failed are named.
import { expect, test } from 'vitest';
import { type CountedModule, countSuite, listFailures } from './test-counts.ts';

function moduleWith(states: readonly string[], { state = 'passed', name = 'unit' } = {}): CountedModule {
  return {
    project: { name },
    relativeModuleId: 'a.test.ts',
    children: { allTests: () => states.map((one) => ({ fullName: `is ${one}`, result: () => resultOf(one) })) },
    errors: () => (states.length === 0 && state === 'failed' ? [{ message: 'No such module\n  at a.ts' }] : []),
    state: () => state,
    diagnostic: () => ({ duration: 500 }),
  };
}

const diff = `\u001b[32m- 2\u001b[39m\n\n\u001b[31m+ 1\u001b[39m\n${'  more\n'.repeat(50)}`;

const resultOf = (state: string) => ({
  state,
  ...(state === 'failed' ? { errors: [{ message: 'expected 1 to be 2\n  at a.ts', diff }] } : {}),
});

test('a skipped test and one that never ran count as failed', () => {
  const count = countSuite('unit', [moduleWith(['passed', 'skipped', 'pending']), moduleWith(['passed'])]);

  expect(count).toEqual({ passed: 2, failed: 2, seconds: 1 });
});

test('a file that could not run counts as failed; one with failed tests only by its tests', () => {
  const modules = [
    moduleWith([], { state: 'failed' }),
    moduleWith(['passed', 'failed'], { state: 'failed' }),
    moduleWith(['passed'], { state: 'failed' }),
  ];

  expect(countSuite('unit', modules)).toMatchObject({ passed: 2, failed: 3 });
});

test('a suite without any file has failed', () => {
  expect(countSuite('e2e', [moduleWith(['passed'])])).toEqual({ passed: 0, failed: 1, seconds: 0 });
});

test('a failed test is named with the start of its error and of the difference, a skipped one and a broken file too', () => {
  const modules = [moduleWith(['passed', 'failed', 'skipped']), moduleWith([], { state: 'failed', name: 'e2e' })];

  expect(listFailures(modules)).toEqual([
    `unit: a.test.ts > is failed: expected 1 to be 2\n    - 2\n    + 1${'\n      more'.repeat(9)}`,
    'unit: a.test.ts > is skipped: skipped',
    'e2e: a.test.ts: No such module',
  ]);
});
