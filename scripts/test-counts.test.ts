// Tests that did not run are never counted as passed.
import { expect, test } from 'vitest';
import { type CountedModule, countSuite } from './test-counts.ts';

function moduleWith(states: readonly string[], { state = 'passed', name = 'unit' } = {}): CountedModule {
  return {
    project: { name },
    children: { allTests: () => states.map((one) => ({ result: () => ({ state: one }) })) },
    state: () => state,
    diagnostic: () => ({ duration: 500 }),
  };
}

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
