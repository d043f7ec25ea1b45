// Cutting a growing text into blocks.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blocksOf, cutTail } from './blocks.ts';

test('blank lines part paragraphs, single breaks stay', () => {
  expect(blocksOf('One\ntwo\n\n\nthree\n')).toEqual([
    { kind: 'paragraph', text: 'One\ntwo' },
    { kind: 'paragraph', text: 'three' },
  ]);
});

test('a fence holds code, blank lines and shorter fences included', () => {
  expect(blocksOf('Look:\n````ts\na\n\n```\nb\n````\nDone')).toEqual([
    { kind: 'paragraph', text: 'Look:' },
    { kind: 'code', language: 'ts', text: 'a\n\n```\nb' },
    { kind: 'paragraph', text: 'Done' },
  ]);
});

test('a fence that is still open is code already', () => {
  expect(blocksOf('```\nlet a')).toEqual([{ kind: 'code', language: '', text: 'let a' }]);
});

test('a growing reply changes only its last block, until that one is closed', () => {
  const line = fc.constantFrom('word', 'two words', '', '```ts', '```', '~~~');
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), fc.array(line, { maxLength: 5 }), (before, more) => {
      const first = blocksOf(before.join('\n'));
      const second = blocksOf([...before, ...more].join('\n'));

      expect(second.slice(0, Math.max(0, first.length - 1))).toEqual(first.slice(0, -1));
    }),
  );
});

test('the wake runs under whole words where there are any, and never tears a character', () => {
  expect(cutTail('The wind turned to the west and the sea grew long.', 20)).toEqual([
    'The wind turned to the west ',
    'and the sea grew long.',
  ]);
  expect(cutTail('Day 1. The wind turned', 20)).toEqual(['', 'Day 1. The wind turned']);
  expect(cutTail(`a${'🌊'.repeat(30)}`, 20)[1]).toBe('🌊'.repeat(10));
  expect(cutTail(`a${'🌊'.repeat(30)}`, 21)[1]).toBe('🌊'.repeat(10));
});

test('head and tail are the text', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => cutTail(text).join('') === text));
});
