// Titles of conversations: the first words of the first message, or a title written by the model.
import { isInsidePair } from '@sillage/protocol';
import { trimSigns } from './reading/trim-signs.ts';

/** Returns the first line of `text`, at most 60 UTF-16 units long, cut at a word boundary if possible and never within
 *  a character. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() ?? '';
  if (line.length <= 60) return line;
  const cut = line.slice(0, isInsidePair(line, 59) ? 58 : 59);
  const space = cut.lastIndexOf(' ');
  return `${(space >= 30 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** Extracts the title from a model's reply: its first line after any reasoning in tags, without surrounding quotes and
 *  markup; `''` if there is none. */
export function nameIn(reply: string): string {
  const [line = ''] = behindReasoning(reply).trim().split('\n', 1);
  return titleOf(trimSigns(line, ' \t\r\n#*_"\'`«»“”.'));
}

/** Returns what follows the last closing tag, without reasoning that is never closed. */
function behindReasoning(reply: string): string {
  const afterReasoning = reply.split(/<\/think(?:ing)?>/i).at(-1) ?? '';
  return afterReasoning.split(/<think(?:ing)?>/i, 1)[0] ?? '';
}
