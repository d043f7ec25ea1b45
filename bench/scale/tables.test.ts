// docs/scaling.md says what the script prints, and nothing else.
import { expect, test } from 'vitest';
import { bottlenecksOf } from './bottlenecks.ts';
import { loadMeasured } from './measured.ts';
import { readDocument, withTables } from './tables.ts';
import { groundOf } from './tables-model.ts';

test('the tables of docs/scaling.md are those that `npm run bench:scale` prints', () => {
  const text = readDocument();

  expect(withTables(text, loadMeasured())).toBe(text);
}, 60_000);

test('the three bounds that docs/scaling.md says most about are those that are reached first, in their order', () => {
  const told = [...readDocument().matchAll(/^\*\*((?:Redis|PostgreSQL|a node)[^*]*)\.\*\*/gm)].map(([, name]) => name);

  expect(told).toEqual(
    bottlenecksOf(groundOf(loadMeasured()))
      .slice(0, 3)
      .map(({ name }) => name),
  );
});

test('model and simulation agree within five percent, in everything that both say', () => {
  const [, agreement = ''] = readDocument().split(/<!-- \/?agreement -->/);
  const apart = [...agreement.matchAll(/([\d.]+) % \|$/gm)].map(([, percent]) => Number(percent));

  expect(apart).toHaveLength(7);
  expect(Math.max(...apart)).toBeLessThan(5);
});

test('a document without a place for a table is refused', () => {
  expect(() => withTables('# Scaling', loadMeasured())).toThrow('no place for "measured"');
});
