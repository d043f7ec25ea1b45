// docs/scaling.md has exactly the tables that the script prints.
import { expect, test } from 'vitest';
import { bottlenecksOf } from '../model/bottlenecks.ts';
import { loadMeasured } from '../model/measured.ts';
import { inputsOf } from './model-tables.ts';
import { readDocument, withTables } from './tables.ts';

test('docs/scaling.md has the tables that `npm run bench:scale` prints', () => {
  const text = readDocument();

  expect(withTables(text, loadMeasured())).toBe(text);
}, 60_000);

test('the first three bottlenecks are those that docs/scaling.md discusses', () => {
  const told = [...readDocument().matchAll(/^\*\*((?:Redis|PostgreSQL|a node)[^*]*)\.\*\*/gm)].map(([, name]) => name);

  expect(told).toEqual(
    bottlenecksOf(inputsOf(loadMeasured()))
      .slice(0, 3)
      .map(({ name }) => name),
  );
});

test('model and simulation agree within five percent in all common values', () => {
  const [, agreement = ''] = readDocument().split(/<!-- \/?agreement -->/);
  const apart = [...agreement.matchAll(/([\d.]+) % \|$/gm)].map(([, percent]) => Number(percent));

  expect(apart).toHaveLength(7);
  expect(Math.max(...apart)).toBeLessThan(5);
});

test('a document without a place for a table is refused', () => {
  expect(() => withTables('# Scaling', loadMeasured())).toThrow('no place for "measured"');
});
