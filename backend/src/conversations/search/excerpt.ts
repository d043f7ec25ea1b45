// The part of a found text around the first word that matches. Words are compared as the indexes compare them: without
// case and accents, the last one as a prefix.
import type { SearchMatch } from '@sillage/protocol';
import { wordsIn } from '../../database/sqlite/owned-words.ts';

/** Number of UTF-16 units before the first matching word, and from its start to the end of the excerpt. */
const [before, behind] = [30, 130];

/** Returns the excerpt of a text, and the ranges of its matching words; `undefined` if no word matches. */
export function excerptOf(text: string, search: string): Pick<SearchMatch, 'excerpt' | 'marks'> | undefined {
  const wanted = Array.from(wordsIn(search), ([word]) => folded(word));
  const last = wanted.at(-1);
  const isWanted = (word: string) => wanted.includes(word) || (last !== undefined && word.startsWith(last));
  const found: (readonly [start: number, end: number])[] = [];
  for (const { 0: word, index } of wordsIn(text)) {
    const end = (found[0]?.[0] ?? index) + behind;
    if (index >= end) break;
    if (isWanted(folded(word))) found.push([index, Math.min(index + word.length, end)]);
  }
  const [first] = found;
  return first && cut(text, { start: startOf(text, first[0]), end: first[0] + behind, found });
}

function cut(
  text: string,
  { start, end, found }: { start: number; end: number; found: readonly (readonly [number, number])[] },
): Pick<SearchMatch, 'excerpt' | 'marks'> {
  const [prefix, suffix] = [start > 0 ? '…' : '', end < text.length ? '…' : ''];
  const shift = prefix.length - start;
  return {
    excerpt: prefix + text.slice(start, end).toWellFormed().replace(/\s/g, ' ') + suffix,
    marks: found.map(([from, to]) => [from + shift, to + shift] as const),
  };
}

/** Returns the start of the excerpt: behind a space, if there is one before the word. */
function startOf(text: string, index: number): number {
  const earliest = Math.max(0, index - before);
  if (earliest === 0) return 0;
  const space = text.slice(earliest, index).search(/\s/);
  return space === -1 ? earliest : earliest + space + 1;
}

function folded(word: string): string {
  return word
    .normalize('NFD')
    .replace(/[\u0300-\u036F\uFE00-\uFE0F]/g, '')
    .toLowerCase();
}
