// A conversation is called by the first words that were said in it, or as a model names it.
import { isInsidePair } from '@sillage/protocol';
import { trimSigns } from './trim-signs.ts';

/** Returns the first line of `text`, at most 60 UTF-16 units, cut at a word where there is one and never in a character. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() ?? '';
  if (line.length <= 60) return line;
  const cut = line.slice(0, isInsidePair(line, 59) ? 58 : 59);
  const space = cut.lastIndexOf(' ');
  return `${(space >= 30 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** Takes the name of a conversation out of what a model said: its first line, without quotes and markup around it. */
export function nameIn(text: string): string {
  return titleOf(trimSigns(text.trim().split('\n', 1)[0] ?? '', ' \t\r\n#*_"\'`«»“”.'));
}
