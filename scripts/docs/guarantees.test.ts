// docs/guarantees.md names for each guarantee tests that exist.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const [oneServer = '', manyNodes = ''] = readFileSync(new URL('docs/guarantees.md', root), 'utf8').split(
  '## On many nodes',
);
const rows = [...rowsOf(oneServer, 'e2e/faults/'), ...rowsOf(manyNodes, 'e2e/cluster/')];

test('the tables are found', () => {
  expect(rows.length).toBeGreaterThan(60);
});

test.each(rows)('$guarantee', ({ files, folder }) => {
  expect(files).not.toEqual([]);
  for (const file of files) {
    const places = [new URL(folder + file, root), new URL(file, root)];
    expect(places.some(existsSync), `${file} is neither in ${folder} nor a path from the root`).toBe(true);
  }
});

/** Returns the rows of a table. A file without a path is in `folder`. */
function rowsOf(text: string, folder: string) {
  return [...text.matchAll(/^\| \*\*(.+?)\*\*.*\|(.*)\|$/gm)].map(([, guarantee = '', tests = '']) => {
    const files = [...tests.matchAll(/`([^`]+\.(?:test|contract)\.tsx?)`/g)].map(([, file = '']) => file);
    return { guarantee, files, folder };
  });
}
