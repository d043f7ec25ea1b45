// A block of fenced code, read without a parser: however long it grows, nothing in it is looked at again.
import { closesFence } from './line.ts';

/** Is fenced code: its lines without the fences, and the language that was named. */
export interface Fence {
  readonly code: string;
  readonly language: string;
}

/** Reads a block of kind `fence`, closed or still open. */
export function fenceOf(block: string): Fence {
  const text = block.replace(/^\s*\n/, '');
  const {
    indent = '',
    mark = '',
    info = '',
  } = /^(?<indent> *)(?<mark>`{3,}|~{3,})(?<info>.*)/.exec(text)?.groups ?? {};
  const begin = text.indexOf('\n') + 1;
  if (begin === 0) return { code: '', language: languageOf(info) };
  const lines = text.slice(begin).trimEnd();
  const last = lines.lastIndexOf('\n') + 1;
  const isClosed = closesFence(lines.slice(last), mark);
  const code = isClosed ? lines.slice(0, Math.max(0, last - 1)) : text.slice(begin);
  const flush = indent === '' ? code : code.replaceAll(new RegExp(`^ {1,${indent.length}}`, 'gm'), '');
  return { code: flush, language: languageOf(info) };
}

/** Returns the name of a language as a fence gives it: its first word. */
export function languageOf(info: string): string {
  return (/[^\s{,:]+/.exec(info)?.[0] ?? '').slice(0, 24);
}

const longestHighlighted = 10_000;

/** Returns how much of a code is highlighted, in UTF-16 units: of one that grows, whole lines, in steps that grow with
 *  it, so that the work stays in proportion to its length; what is too long changes no more when it ends. */
export function highlightedLength(code: string, isOpen: boolean): number {
  if (code.length > longestHighlighted) return code.lastIndexOf('\n', longestHighlighted) + 1;
  if (!isOpen) return code.length;
  let step = 100;
  while (step * 1.15 <= code.length) step *= 1.15;
  return code.lastIndexOf('\n', Math.min(step, code.length)) + 1;
}

const lengthOfGroup = 2_000;

/** Cuts code into groups of whole lines, each of which is laid out by itself. */
export function lineGroups(code: string): readonly string[] {
  const groups: string[] = [];
  let from = 0;
  while (code.length - from > lengthOfGroup) {
    const end = code.indexOf('\n', from + lengthOfGroup) + 1;
    if (end === 0 || end === code.length) break;
    groups.push(code.slice(from, end));
    from = end;
  }
  return [...groups, code.slice(from)];
}
