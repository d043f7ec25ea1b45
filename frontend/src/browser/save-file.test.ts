// File names that are valid on every file system.
import { expect, test } from 'vitest';
import { fileName } from './save-file.ts';

test('a title becomes the name of a file, whatever is in it', () => {
  expect(fileName('Wind/Sea: 50 %?.md')).toBe('Wind Sea 50 %.md');
  expect(fileName('..\\..\\etc\u202egnp.json')).toBe('etc gnp.json');
  expect(fileName('   .md')).toBe('conversation.md');
  expect(fileName(`${'é'.repeat(300)}.md`)).toBe(`${'é'.repeat(80)}.md`);
});
