// No regular expression of the server, the protocol and the client takes more than linear time, whatever text it is shown.
import { globSync, readFileSync } from 'node:fs';
import { analyse } from 'scslre';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';

const root = new URL('../..', import.meta.url);
const sources = globSync(['backend/src/**/*.ts', 'packages/{protocol,client}/src/**/*.{ts,tsx}'], {
  cwd: root,
  exclude: (path) => /\.(test|contract|testing)\.tsx?$/.test(path),
});

interface Literal {
  readonly path: string;
  readonly source: string;
  readonly flags: string;
}

function literalsIn(path: string): Literal[] {
  const found: Literal[] = [];
  const { program } = parseSync(path, readFileSync(new URL(path, root), 'utf8'));
  JSON.stringify(program, (_key, value) => {
    const regex = value?.type === 'Literal' ? value.regex : undefined;
    if (regex !== undefined) found.push({ path, source: regex.pattern, flags: regex.flags });
    return value;
  });
  return found;
}

const literals = sources.flatMap(literalsIn);
const named = [
  ...new Map(literals.map((literal) => [`/${literal.source}/${literal.flags} in ${literal.path}`, literal])),
];

test('they are found', () => {
  expect(literals.length).toBeGreaterThan(30);
});

test.each(named)('the analysis finds nothing in %s', (_name, { source, flags }) => {
  const { reports } = analyse(new RegExp(source, flags));

  expect(reports.map(({ type }) => type)).toEqual([]);
});

const megabyte = 1_000_000;
const pumps = [
  ' ',
  '\n',
  '\r\n',
  '"',
  '\\',
  '\\u',
  '. ',
  '-',
  '%2',
  '&#',
  '?',
  'a',
  'aB',
  '0.',
  '\u001b[0',
  '\u200b',
  '海 ',
  '😀',
];

test.each(named)('a megabyte is matched in little time by %s', (_name, { source, flags }) => {
  const pattern = new RegExp(source, flags);
  // In two steps: what takes quadratic time fails at the first, and does not run for an hour at the second.
  for (const length of [megabyte / 20, megabyte]) {
    for (const pump of pumps) {
      const text = `${pump.repeat(length / pump.length)}!`;
      expect([pump, cpuMs(() => text.replace(pattern, '')) < 1_000]).toEqual([pump, true]);
    }
  }
});

/** CPU time, which other programs do not stretch. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
