// What vitest reports is counted so that nothing that did not run passes.
import { expect, test } from 'vitest';
import { countsOf } from './suites.mjs';

const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test('a skipped test and a planned one count as failed', () => {
  expect(countsOf({ ...report, numPendingTests: 1, numTodoTests: 1 })).toEqual({ passed: 3, failed: 2 });
});

test('a file that could not run counts as failed, one with failed tests only by its tests', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];

  expect(countsOf({ ...report, numFailedTests: 1, testResults })).toEqual({ passed: 3, failed: 2 });
});
