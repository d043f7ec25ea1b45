// Sections and groups: all blocks in order, and no list, table or heading is separated from its content.
import { expect, test } from 'vitest';
import { type Block, finishSplit, split } from './blocks.ts';
import { groupsOf, isHeading, type Run, sectionsOf } from './sections.ts';

const blocksOf = (text: string) => finishSplit(split(text)).blocks;
const textOf = (runs: readonly Run[]) => runs.flatMap(({ blocks }) => blocks.map(({ text }) => text)).join('');
const chapter = '# Head\n## Below\nWords.\n\n- a\n- b\n- c\n\n| a |\n|---|\n| b |\n\n';

test('sections hold every block, in order, and know how many stand before them', () => {
  const text = chapter.repeat(30);
  const sections = sectionsOf(blocksOf(text));

  expect(textOf(sections)).toBe(text);
  expect(textOf(sections.flatMap(groupsOf))).toBe(text);
  let before = 0;
  for (const { from, blocks } of sections) {
    expect(from).toBe(before);
    before += blocks.length;
  }
});

test('sections are of about one length, however long the reply', () => {
  const lengths = sectionsOf(blocksOf(chapter.repeat(100))).map(({ blocks }) => blocks.length);

  expect(Math.max(...lengths)).toBeLessThan(24);
  expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(16);
});

test('a section begins neither within a list nor below a heading', () => {
  for (let words = 0; words < 20; words++) {
    const sections = sectionsOf(blocksOf('Words.\n\n'.repeat(words) + chapter.repeat(20)));
    expect(sections.every(({ blocks: [first] }) => !first.joins)).toBe(true);
    expect(sections.slice(0, -1).some(({ blocks }) => isHeading(blocks.at(-1)))).toBe(false);
  }
});

test('a section that is full holds the same blocks while the reply grows', () => {
  const text = chapter.repeat(30);
  let state = split('');
  let full: readonly (readonly Block[])[] = [];
  for (let end = 0; end < text.length; end += 25) {
    state = split(text.slice(0, end), state);
    const sections = sectionsOf(finishSplit(state).blocks).map(({ blocks }) => blocks);
    for (const [index, blocks] of full.entries())
      expect(sections[index]?.every((one, at) => one === blocks[at])).toBe(true);
    full = sections.slice(0, -2);
  }
  expect(full.length).toBeGreaterThan(5);
});
