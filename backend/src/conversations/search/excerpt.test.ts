// Excerpts of search hits: the words around the match, and where it is.
import { cpuMsSince, yardstickMs } from '@sillage/testing';
import { expect, test } from 'vitest';
import { excerptOf } from './excerpt.ts';

/** The excerpt with its marked words in brackets. */
function marked(text: string, search: string): string | undefined {
  const found = excerptOf(text, search);
  const { excerpt = '', marks = [] } = found ?? {};
  const parts = marks.toReversed().reduce((all, [start, end]) => {
    return `${all.slice(0, start)}[${all.slice(start, end)}]${all.slice(end)}`;
  }, excerpt);
  return found && parts;
}

test.each([
  ['a word', 'Where is the ferry?', 'ferry', 'Where is the [ferry]?'],
  ['several words', 'The ferry, where is it?', 'where FERRY', 'The [ferry], [where] is it?'],
  ['the beginning of the last word', 'Where is the ferry?', 'the fer', 'Where is [the] [ferry]?'],
  ['accents', 'Où est l’été ?', 'ete', 'Où est l’[été] ?'],
  ['accents of two characters', 'Noe\u0308l 🎄', 'noël', '[Noe\u0308l] 🎄'],
  ['Chinese', '你好，世界', '世', '你好，[世界]'],
  ['an emoji', 'So happy 🎉 today', '🎉', 'So happy [🎉] today'],
  ['a line break', 'One\n\ntwo', 'two', 'One  [two]'],
  ['no word', 'Where is the ferry?', 'plane', undefined],
])('%s', (_, text, search, expected) => {
  expect(marked(text, search)).toBe(expected);
});

test('a long text is cut around the match, never within a character', () => {
  const text = `${'lorem ipsum '.repeat(20)}ferry ${'🚢'.repeat(200)}`;

  const { excerpt = '' } = excerptOf(text, 'ferry') ?? {};

  expect(excerpt).toMatch(/^…(?:lorem |ipsum )+ferry 🚢+�?…$/u);
  expect(excerpt.length).toBeLessThan(170);
  expect(excerpt.isWellFormed()).toBe(true);
});

test('a search of 100,000 units does not hold the event loop', () => {
  const text = `${'word '.repeat(20_000)}ferry`;
  excerptOf(text, 'ferry');
  const before = process.threadCpuUsage();

  expect(excerptOf(text, 'ferry')?.excerpt).toContain('ferry');

  expect(cpuMsSince(before) / yardstickMs()).toBeLessThan(1); // a few milliseconds on a quiet machine
});
