// A conversation is called by the first words that were said in it.
import { isInsidePair } from '@sillage/protocol';

/** Returns the first line of `text`, at most 60 UTF-16 units, cut at a word where there is one and never in a character. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() ?? '';
  if (line.length <= 60) return line;
  const cut = line.slice(0, isInsidePair(line, 59) ? 58 : 59);
  const space = cut.lastIndexOf(' ');
  return `${(space >= 30 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
