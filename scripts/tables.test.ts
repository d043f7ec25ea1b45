// Which tables there are is answered by one folder.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = 'backend/src/database/';

/** SQL, or a call of Kysely's schema builder, that creates or changes a table or what belongs to one. */
const definition =
  /\b(create|alter|drop)(\s+(or\s+replace|unique|virtual|temp|temporary|unlogged|materialized))*\s*(table|index|trigger|view|function)\b/i;

test('only the folder of the database defines tables, indexes, triggers and functions', () => {
  const sources = globSync('backend/src/**/*.ts').filter((path) => !/\.(test|testing|contract)\.ts$/.test(path));
  const defining = sources.filter((path) => definition.test(readFileSync(path, 'utf8')));

  expect(defining.filter((path) => !path.startsWith(folder))).toEqual([]);
  const known = [
    'migrations/migrations.ts',
    'sqlite/journal-table.ts',
    'sqlite/search-index.ts',
    'postgres/search-index.ts',
  ];
  expect(defining).toEqual(expect.arrayContaining(known.map((path) => folder + path)));
});
