import { cpuMsSince, yardstickMs } from '@sillage/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameIn, titleOf } from './title.ts';

test.each([
  ['what is short', 'Hello, AI!', 'Hello, AI!'],
  ['its first line', '\n  Hello \r\nand more', 'Hello'],
  ['nothing', ' \n ', ''],
  ['sixty units', 'x'.repeat(60), 'x'.repeat(60)],
  ['a long line, cut at a word', `${'word '.repeat(11)}longer words`, `${'word '.repeat(10)}word…`],
  ['a long line without spaces', '海'.repeat(80), `${'海'.repeat(59)}…`],
  ['a long line whose only space comes early', `Hi ${'x'.repeat(80)}`, `Hi ${'x'.repeat(56)}…`],
])('%s', (_, text, title) => {
  expect(titleOf(text)).toBe(title);
});

test('a title is short and never ends within a character', () => {
  for (let shift = 0; shift < 64; shift++) {
    for (const text of ['x'.repeat(shift) + '🌊'.repeat(60), `${'x'.repeat(shift)} ${'🌊'.repeat(60)}`]) {
      expect(titleOf(text).isWellFormed()).toBe(true);
      expect(titleOf(text).length).toBeLessThanOrEqual(60);
    }
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
      expect(titleOf(text).isWellFormed()).toBe(true);
      expect(titleOf(text).length).toBeLessThanOrEqual(60);
    }),
  );
});

test.each([
  ['quotes and markup', '"**The wake of a ship**."\nand more', 'The wake of a ship'],
  ['Chinese quotes', '“船的尾迹”', '船的尾迹'],
  ['nothing but signs', '"**.**"', ''],
  ['reasoning in tags', '<think>\nA name, a name…\n</think>\n\nThe wake', 'The wake'],
  ['reasoning in tags on the same line', '<think>Hm</think> The wake', 'The wake'],
  ['empty reasoning', '<think></think>The wake', 'The wake'],
  ['reasoning whose tag was opened by the prompt', 'Hm, a name.\n</think>\nThe wake', 'The wake'],
  ['reasoning that never ends', '<think>Hm, a name', ''],
  ['reasoning in other tags', '<THINKING>嗯</THINKING>船的尾迹', '船的尾迹'],
  ['several reasonings', '<think>a</think>b<think>c</think>The wake<think>d', 'The wake'],
])('%s is removed from a title of the model', (_, said, name) => {
  expect(nameIn(said)).toBe(name);
});

test('a title is extracted from a megabyte of punctuation in linear time', () => {
  const before = process.threadCpuUsage();
  const name = nameIn(`x${' .'.repeat(500_000)}y`);
  const usedMs = cpuMsSince(before);

  expect(name).toMatch(/^x/);
  expect(usedMs / yardstickMs()).toBeLessThan(10); // quadratic time would take minutes
});
