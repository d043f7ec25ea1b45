// The delimiters of formulas: parses the text between them, and closes one that is still open at the end of a text.

/** A formula without its delimiters. */
export interface Formula {
  readonly tex: string;
  /** Whether it is a display formula, on lines of its own. */
  readonly isDisplay: boolean;
}

const marks: readonly (readonly [begin: string, end: string, isDisplay: boolean])[] = [
  ['$$', '$$', true],
  ['\\[', '\\]', true],
  ['\\(', '\\)', false],
  ['$', '$', false],
];

/** Parses a formula; `undefined` if the whole source is not a single formula. */
export function formulaOf(source: string): Formula | undefined {
  const text = source.trim();
  const found = marks.find(([begin, end]) => text.startsWith(begin) && text.endsWith(end));
  if (found === undefined) return undefined;
  const [begin, end, isDisplay] = found;
  const tex = text.slice(begin.length, text.length - end.length);
  return text.length <= begin.length + end.length || tex.includes(end) ? undefined : { tex, isDisplay };
}

/** Closes the formula in `$$`, `\[` or `\(` that is open at the end of a growing text; removes an opening delimiter
 *  without text. */
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

/** Returns the index of the last character of a code span that begins at `from`; the length of the text for an open
 *  span. */
function endOfCode(text: string, from: number): number {
  let length = 1;
  while (text[from + length] === '`') length++;
  const end = text.indexOf('`'.repeat(length), from + length);
  return end === -1 ? text.length : end + length - 1;
}
