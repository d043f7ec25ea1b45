// The marks of formulas: what stands between them, and which is still open at the end of a text.

/** A formula without its marks. */
export interface Formula {
  readonly tex: string;
  /** It stands on lines of its own. */
  readonly isDisplay: boolean;
}

const marks: readonly (readonly [begin: string, end: string, isDisplay: boolean])[] = [
  ['$$', '$$', true],
  ['\\[', '\\]', true],
  ['\\(', '\\)', false],
  ['$', '$', false],
];

/** Reads a formula; `undefined` where the source is not one from beginning to end. */
export function formulaOf(source: string): Formula | undefined {
  const text = source.trim();
  const found = marks.find(([begin, end]) => text.startsWith(begin) && text.endsWith(end));
  if (found === undefined) return undefined;
  const [begin, end, isDisplay] = found;
  const tex = text.slice(begin.length, text.length - end.length);
  return text.length <= begin.length + end.length || tex.includes(end) ? undefined : { tex, isDisplay };
}

/** Closes the display or bracketed formula that is open at the end of a growing text; drops a mark that has no text yet. */
export function closeFormula(text: string): string {
  const open = openMark(text);
  if (open === undefined) return text;
  const { at, begin, end } = open;
  return text.slice(at + begin.length).trim() === ''
    ? text.slice(0, at)
    : `${text.trimEnd().replace(/[\\$]+$/, '')}${end}`;
}

function openMark(text: string): { readonly at: number; readonly begin: string; readonly end: string } | undefined {
  let open: { at: number; begin: string; end: string } | undefined;
  for (let index = 0; index < text.length; index++) {
    const pair = text.slice(index, index + 2);
    if (open !== undefined) {
      if (pair === open.end) open = undefined;
      else if (pair[0] !== '\\') continue;
      index++;
    } else if (pair[0] === '`') {
      index = endOfCode(text, index);
    } else if (pair === '$$' || pair === '\\(' || pair === '\\[') {
      open = { at: index, begin: pair, end: pair === '$$' ? '$$' : pair === '\\(' ? '\\)' : '\\]' };
      index++;
    } else if (pair[0] === '\\') index++;
  }
  return open;
}

/** Returns where a code span that begins at `from` ends; one that is still open runs to the end. */
function endOfCode(text: string, from: number): number {
  let length = 1;
  while (text[from + length] === '`') length++;
  const end = text.indexOf('`'.repeat(length), from + length);
  return end === -1 ? text.length : end + length - 1;
}
