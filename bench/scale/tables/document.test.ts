// docs/scaling.md has exactly the tables that the script prints.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bottlenecksOf } from '../model/bottlenecks.ts';
import { inputsOf } from '../model/demand.ts';
import { loadMeasured } from '../model/measured.ts';
import { documentFile, drawTables, withTables } from './document.ts';

const text = readFileSync(documentFile, 'utf8');
const measured = loadMeasured();

test('docs/scaling.md has the tables that `npm run bench:scale` prints', () => {
  expect(withTables(text, drawTables(measured), measured)).toBe(text);
});

test('the first three bottlenecks are those that docs/scaling.md discusses', () => {
  const told = [...text.matchAll(/^\*\*((?:Redis|PostgreSQL|a node)[^*]*)\.\*\*/gm)].map(([, name]) => name);

  expect(told).toEqual(
    bottlenecksOf(inputsOf(measured))
      .slice(0, 3)
      .map(({ name }) => name),
  );
});

test('model and simulation agree within five percent in all common values', () => {
  const [, agreement = ''] = text.split(/<!-- \/?agreement -->/);
  const apart = [...agreement.matchAll(/([\d.]+) % \|$/gm)].map(([, percent]) => Number(percent));

  expect(apart).toHaveLength(7);
  expect(Math.max(...apart)).toBeLessThan(5);
});

test('a document without a place for a table is refused', () => {
  expect(() => withTables('# Scaling', {}, measured)).toThrow('no place for "measured"');
});
