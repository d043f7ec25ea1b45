// Parsing fenced code without a Markdown parser.
import { expect, test } from 'vitest';
import { fenceOf, highlightedLength, lineGroups } from './fence.ts';

test('a fence gives its lines and the first word of its language', () => {
  expect(fenceOf('```ts {1,2} title="a"\na\n\nb\n```\n\n')).toEqual({ code: 'a\n\nb', language: 'ts', isClosed: true });
  expect(fenceOf('\n  ~~~~\n    a\n~~~\n ~~~~')).toEqual({ code: '  a\n~~~', language: '', isClosed: true });
});

test('an open fence gives the lines so far', () => {
  expect(fenceOf('```')).toEqual({ code: '', language: '', isClosed: false });
  expect(fenceOf('```py')).toEqual({ code: '', language: 'py', isClosed: false });
  expect(fenceOf('```py\nif a:\n')).toEqual({ code: 'if a:\n', language: 'py', isClosed: false });
});

test('code that grows is highlighted in whole lines, and in steps that grow with it', () => {
  const code = 'const a = 1;\n'.repeat(700);
  const steps = new Set(
    Array.from({ length: code.length }, (_, length) => highlightedLength(code.slice(0, length), true)),
  );

  expect([...steps].every((step) => step === 0 || code[step - 1] === '\n')).toBe(true);
  expect([...steps].reduce((sum, step) => sum + step, 0)).toBeLessThan(10 * code.length);
  expect(highlightedLength(code, false)).toBe(code.length);
});

test('of long code the beginning is highlighted, and no more of it when it ends', () => {
  const code = 'const a = 1;\n'.repeat(2_000);

  expect(highlightedLength(code, true)).toBeGreaterThan(9_900);
  expect(highlightedLength(code, true)).toBeLessThanOrEqual(10_000);
  expect(highlightedLength(code, false)).toBe(highlightedLength(code, true));
});

test('groups of lines, joined, are the code, and stay as they are while it grows', () => {
  const code = 'const a = 1;\n'.repeat(1_000);
  const groups = lineGroups(code);

  expect(groups.join('')).toBe(code);
  expect(groups.length).toBeGreaterThan(5);
  expect(lineGroups(`${code}more`).slice(0, groups.length - 1)).toEqual(groups.slice(0, -1));
});
