// docs/operations.md names settings, metrics and log lines that exist.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { settings } from '../../backend/src/config/settings.ts';
import { root } from '../run.ts';

const page = readFileSync(`${root}docs/operations.md`, 'utf8');
const sources = globSync('backend/src/**/*.ts', { cwd: root }).filter(
  (path) => !/\.(test|testing|contract)\.ts$/.test(path),
);
const comments = /^\s*(\/\/|\/?\*).*$/gm; // which name log lines too
const source = sources.map((path) => readFileSync(root + path, 'utf8').replace(comments, '')).join('\n');
const code = [...sectionOf('Troubleshooting', 'Tuning').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

function sectionOf(...names: string[]): string {
  return names.map((name) => page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '').join('\n');
}

test('every metric in the advice is one of the table of metrics', () => {
  const metrics = new Set([...page.matchAll(/^\| `(sillage_\w+)` \|/gm)].map(([, name]) => name));
  const named = code.filter((text) => text.startsWith('sillage_'));

  expect(named.filter((name) => !metrics.has(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(8);
});

test('every log line in the advice is written by the server', () => {
  const lines = code.filter((text) => /\w \w/.test(text) && !/^(npx|maxmemory|ulimit)/.test(text) && !/^\d/.test(text));
  const parts = lines.flatMap((line) => line.split('…').map((part) => part.trim()));

  expect(parts.filter((part) => !source.includes(part))).toEqual([]);
  expect(parts.length).toBeGreaterThan(10);
});

test('every log line of the tables is written by the server', () => {
  const rows = sectionOf('Logs')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const lines = rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, line = '']) => line),
  );
  const parts = lines.flatMap((line) => line.split(/<\w+>|…|(?<=: )/).map((part) => part.trim()));

  expect(parts.filter((part) => !source.includes(part))).toEqual([]);
  expect(lines.length).toBeGreaterThan(20);
});

test('every setting in the advice exists', () => {
  const others = new Set(['worker_rlimit_nofile', 'worker_connections', 'max_connections', 'secure_delete']);
  const named = code.filter(
    (text) => /^[a-z]+(_[a-z]+)+$|^(JWT|DATA)_[A-Z_]+$/.test(text) && !text.startsWith('sillage_'),
  );

  expect(named.filter((name) => !others.has(name) && !(name.toLowerCase() in settings.shape))).toEqual([]);
  expect(named.length).toBeGreaterThan(8);
});
