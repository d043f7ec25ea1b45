// Every regular expression of the server, the protocol and the client matches in linear time, for any input (no ReDoS).
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

test('the search finds the regular expressions', () => {
  expect(literals.length).toBeGreaterThan(30);
});

test.each(named)('static analysis reports nothing for %s', (_name, { source, flags }) => {
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

test.each(named)('a megabyte is matched in under a second by %s', (_name, { source, flags }) => {
  const pattern = new RegExp(source, flags);
  // In two steps: a quadratic expression fails at the first, and does not run for an hour at the second.
  for (const length of [megabyte / 20, megabyte]) {
    for (const pump of pumps) {
      const text = `${pump.repeat(length / pump.length)}!`;
      expect([pump, cpuMs(() => text.replace(pattern, '')) < 1_000]).toEqual([pump, true]);
    }
  }
});

/** The CPU time of `work`, which does not depend on the load of the machine. */
function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
