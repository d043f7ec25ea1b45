// Statements that are compiled once: every call must have the fields of the first.
import type { CompiledQuery } from 'kysely';
import { expect, test } from 'vitest';
import { prepared } from './prepared.ts';

interface Values {
  readonly id: string;
  readonly text?: string | null | undefined;
}

/** Compiles a statement that sets its fields, and counts how often. */
function countingUpdate() {
  let builds = 0;
  const update = prepared<Values>(({ id, ...columns }) => {
    builds++;
    const names = Object.keys(columns).map((name) => `${name} = ?`);
    const parameters = [...Object.values(columns), id];
    return { sql: `update t set ${names} where id = ?`, parameters } as unknown as CompiledQuery;
  });
  return { update, builds: () => builds };
}

test('a statement is built once and gets the values of each call', () => {
  const { update, builds } = countingUpdate();

  const statements = [update({ id: 'a', text: '潮汐' }), update({ id: 'b', text: null })];

  expect(statements.map(({ sql }) => sql)).toEqual(Array(2).fill('update t set text = ? where id = ?'));
  expect(statements.map(({ parameters }) => parameters)).toEqual([
    ['潮汐', 'a'],
    [null, 'b'],
  ]);
  expect(builds()).toBe(1);
});

test.each<[string, Values, Values]>([
  ['one more field', { id: 'a' }, { id: 'b', text: 'left out' }],
  ['one field less', { id: 'a', text: 'x' }, { id: 'b' }],
  ['no value for a field', { id: 'a', text: 'x' }, { id: 'b', text: undefined }],
])('a call with %s than the first is refused', (_, first, second) => {
  const { update } = countingUpdate();
  update(first);

  expect(() => update(second)).toThrow(/^The statement was prepared/);
});
