// Fenced code, read without a Markdown parser, so that a growing block stays cheap.
import { closesFence } from './line.ts';

/** Fenced code: its lines without the fences, and the language of its info string. */
export interface Fence {
  readonly code: string;
  readonly language: string;
}

/** Parses a block of kind `fence`, closed or open. */
export function fenceOf(block: string): Fence & { readonly isClosed: boolean } {
  const text = block.replace(/^\s*\n/, '');
  const {
    indent = '',
    mark = '',
    info = '',
  } = /^(?<indent> *)(?<mark>`{3,}|~{3,})(?<info>.*)/.exec(text)?.groups ?? {};
  const begin = text.indexOf('\n') + 1;
  if (begin === 0) return { code: '', language: languageOf(info), isClosed: false };
  const lines = text.slice(begin).trimEnd();
  const last = lines.lastIndexOf('\n') + 1;
  const isClosed = closesFence(lines.slice(last), mark);
  const code = isClosed ? lines.slice(0, Math.max(0, last - 1)) : text.slice(begin);
  const flush = indent === '' ? code : code.replaceAll(new RegExp(`^ {1,${indent.length}}`, 'gm'), '');
  return { code: flush, language: languageOf(info), isClosed };
}

/** Returns the language of an info string: its first word. */
export function languageOf(info: string): string {
  return (/[^\s{,:]+/.exec(info)?.[0] ?? '').slice(0, 24);
}

const longestHighlighted = 10_000;

/** Returns the length of the highlighted beginning of `code`, in UTF-16 units. Open code is highlighted by whole lines,
 *  in steps that grow with its length, so that the total work stays proportional to the length. Code above the limit
 *  keeps the same highlighted part when it ends. */
export function highlightedLength(code: string, isOpen: boolean): number {
  if (code.length > longestHighlighted) return code.lastIndexOf('\n', longestHighlighted) + 1;
  if (!isOpen) return code.length;
  let step = 100;
  while (step * 1.15 <= code.length) step *= 1.15;
  return code.lastIndexOf('\n', Math.min(step, code.length)) + 1;
}

const lengthOfGroup = 2_000;

/** Splits code into groups of whole lines, each with a layout of its own. */
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
