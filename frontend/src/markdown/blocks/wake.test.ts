// The text that the wake, the line under the last words, covers.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutTail } from './wake.ts';

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
