// A run takes many minutes: a typing error must end it before it starts.
import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

const known = { rows: ['pipe', 'sillage'], figures: ['cpu', 'ttft'] };

test('a part of the rows and figures can be named', () => {
  const options = readOptions(['--only', 'sillage,pipe', '--quick', '--figures', 'cpu'], known);

  expect(options).toMatchObject({ only: ['sillage', 'pipe'], figures: ['cpu'], rounds: 1, isQuick: true });
});

test('an unknown name is refused with the list of known names', () => {
  expect(() => readOptions(['--only', 'silage'], known)).toThrow('There is no "silage"; there are: pipe, sillage.');
});

test.each([['--only=pipe'], ['--quick']])(
  'what is saved has measured every row, in whole runs: not with %s',
  (option) => {
    expect(() => readOptions(['--save', option], known)).toThrow('leave --only and --quick out');
  },
);
