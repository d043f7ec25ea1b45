// README.md and README.fr.md say the same: the same structure, commands, code and links; README.md stays short.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const english = read('README.md');
const french = read('README.fr.md');

test('both have the same headings, by level', () => {
  expect(levelsOf(french)).toEqual(levelsOf(english));
});

test('both show the same commands and code', () => {
  expect(blocksOf(french)).toEqual(blocksOf(english));
});

test('both have the same tables and links', () => {
  expect(rowsOf(french)).toEqual(rowsOf(english));
  const others = (text: string) => linksOf(text).filter((link) => !link.startsWith('README'));
  expect(others(french)).toEqual(others(english));
});

test('README.md has at most 150 lines', () => {
  expect(english.split('\n').length).toBeLessThanOrEqual(150);
});

function read(name: string): string {
  return readFileSync(new URL(name, root), 'utf8');
}

function levelsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^(#+) /gm)].map(([, level = '']) => level);
}

/** The code blocks without the comments of shell commands, which are translated. */
function blocksOf(text: string): string[] {
  return [...text.matchAll(/^```.*?^```/gms)].map(([block]) =>
    block.startsWith('```bash') ? block.replaceAll(/ +# .*$/gm, '') : block,
  );
}

function rowsOf(text: string): number[] {
  return withoutBlocks(text)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').length);
}

function linksOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link);
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```/gms, '');
}
