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

/** Closes the formula that is open at the end of a growing text, and removes the beginning of a delimiter. A single `$`
 *  counts as open only if a formula follows, not a price or a variable. */
export function closeFormula(text: string): string {
  const whole = text.replace(/(^|[^\\])\\$/, '$1');
  const open = openMark(whole);
  if (open === undefined) return whole;
  const { at, begin, end } = open;
  return whole.slice(at + begin.length).trim() === ''
    ? whole.slice(0, at)
    : `${whole.trimEnd().replace(/[\\$]+$/, '')}${end}`;
}

/** Whether a formula is open at the end of a growing text. */
export function endsInFormula(text: string): boolean {
  return openMark(text) !== undefined;
}

interface OpenMark {
  readonly at: number;
  readonly begin: string;
  readonly end: string;
}

function openMark(text: string): OpenMark | undefined {
  let open: OpenMark | undefined;
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
    } else if (pair[0] === '$' && !/\w/.test(text[index - 1] ?? '')) {
      const end = endOfDollars(text, index);
      if (end === undefined) return { at: index, begin: '$', end: '$' };
      index = end;
    } else if (pair[0] === '\\') index++;
  }
  return open;
}

/** Returns the index of the `$` that closes a formula; `from` if the `$` there opens none, `undefined` if its formula is
 *  open at the end of the text. */
function endOfDollars(text: string, from: number): number | undefined {
  const [tex = '', isClosed] =
    /^((?:\\.|[^$\\`])*)(\$)?/s.exec(text.slice(from + 1, from + 1 + longestInLine))?.slice(1) ?? [];
  const end = from + 1 + tex.length;
  if (isClosed !== undefined) return /\s$/.test(tex) || /\w/.test(text[end + 1] ?? '') ? from : end;
  return end >= text.length - 1 && looksLikeFormula(tex) ? undefined : from;
}

/** Longest formula between single `$` that is guessed while it is incomplete, in UTF-16 units. */
const longestInLine = 200;

/** Whether a text after a `$` is neither a price nor words. */
function looksLikeFormula(tex: string): boolean {
  if (/^[\s\d]|\n\n/.test(tex)) return false;
  return !/[a-z]{4}/i.test(tex.replaceAll(/\\[a-z]*(?:\{[^{}]*\}?)?/gi, ''));
}

/** Returns the index of the last character of a code span that begins at `from`; the length of the text for an open
 *  span. */
function endOfCode(text: string, from: number): number {
  let length = 1;
  while (text[from + length] === '`') length++;
  const end = text.indexOf('`'.repeat(length), from + length);
  return end === -1 ? text.length : end + length - 1;
}
