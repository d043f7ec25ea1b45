// Classifies one line of Markdown by the block it could begin (CommonMark 0.31 §3-5, GFM tables), regardless of the
// lines before it.

/** The block that a line begins at a place where a block can begin. */
export type LineStart =
  | { readonly kind: 'blank' | 'indented' | 'heading' | 'break' | 'quote' | 'text' }
  | { readonly kind: 'fence'; readonly mark: string }
  | {
      readonly kind: 'item';
      readonly marker: string;
      /** Number written before the item of an ordered list. */
      readonly first: number | undefined;
      readonly indent: number;
      readonly interrupts: boolean;
    }
  /** Ends with the line that matches `end`, or, without `end`, before the next blank line. */
  | { readonly kind: 'html'; readonly end: RegExp | undefined; readonly interrupts: boolean }
  /** A display formula: ends with the line that matches `end`, which may be its first line. */
  | { readonly kind: 'formula'; readonly end: RegExp; readonly isWhole: boolean };

const fencePattern = /^(?:(`{3,})[^`]*|(~{3,}).*)$/;
const itemPattern = /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/;
const breakPattern = /^(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/;

/** Classifies `line`, with or without its line ending. */
export function startOf(line: string): LineStart {
  const text = line.trim();
  if (text === '') return { kind: 'blank' };
  const indent = indentOf(line);
  if (indent >= 4) return { kind: 'indented' };
  const fence = fencePattern.exec(text);
  if (fence) return { kind: 'fence', mark: fence[1] ?? fence[2] ?? '' };
  if (/^#{1,6}(?:[ \t]|$)/.test(text)) return { kind: 'heading' };
  if (text.startsWith('>')) return { kind: 'quote' };
  if (breakPattern.test(text)) return { kind: 'break' };
  return itemStart(text, { line, indent }) ?? htmlStart(text) ?? formulaStart(text) ?? { kind: 'text' };
}

/** Returns the indentation in columns; a tab advances to the next multiple of four. */
export function indentOf(line: string): number {
  return columnsOf(line, 0);
}

/** Whether `line` closes the fence that `mark` opened. */
export function closesFence(line: string, mark: string): boolean {
  const text = line.trim();
  return indentOf(line) < 4 && text.startsWith(mark) && text === mark[0]?.repeat(text.length);
}

/** Whether `line` turns the paragraph above it into a heading (setext heading underline). */
export function isUnderline(line: string): boolean {
  return /^ {0,3}(?:=+|-+)[ \t]*$/.test(line.trimEnd());
}

/** Whether `head` and `line` begin a table. */
export function beginsTable(head: string, line: string): boolean {
  const delimiter = line.trim();
  if (!/^[|:\-\s]+$/.test(delimiter) || !delimiter.includes('-') || !/[|:]/.test(delimiter)) return false;
  return cellsOf(head) === cellsOf(line);
}

function cellsOf(row: string): number {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).length;
}

function columnsOf(line: string, from: number): number {
  let column = from;
  for (const character of line) {
    if (character === ' ') column += 1;
    else if (character === '\t') column += 4 - (column % 4);
    else break;
  }
  return column;
}

function itemStart(text: string, { line, indent }: { line: string; indent: number }): LineStart | undefined {
  const match = itemPattern.exec(text);
  if (!match) return undefined;
  const [mark, bullet, number, delimiter] = match;
  const after = indent + mark.length;
  const rest = line.trimStart().slice(mark.length);
  const isEmpty = rest.trim() === '';
  const content = columnsOf(rest, after);
  const isWide = isEmpty || content - after > 4;
  return {
    kind: 'item',
    marker: bullet ?? delimiter ?? '',
    first: number === undefined ? undefined : Number(number),
    indent: isWide ? after + 1 : content,
    interrupts: !isEmpty && (number === undefined || Number(number) === 1),
  };
}

const raw = /^<(?:script|pre|textarea|style)(?:\s|>|$)/i;
const tags =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|' +
  'fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|' +
  'menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|' +
  'track|ul';
const named = new RegExp(`^</?(?:${tags})(?:\\s|/?>|$)`, 'i');
const attribute = `\\s+[a-zA-Z_:][\\w:.-]*(?:\\s*=\\s*(?:[^"'=<>\`\\s]+|'[^']*'|"[^"]*"))?`;
const alone = new RegExp(`^(?:<[a-zA-Z][a-zA-Z0-9-]*(?:${attribute})*\\s*/?>|</[a-zA-Z][a-zA-Z0-9-]*\\s*>)$`);
const closed: readonly (readonly [begin: RegExp, end: RegExp])[] = [
  [raw, /<\/(?:script|pre|textarea|style)>/i],
  [/^<details(?:\s|>|$)/i, /<\/details>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![a-zA-Z]/, />/],
];

function htmlStart(text: string): LineStart | undefined {
  if (!text.startsWith('<')) return undefined;
  const pair = closed.find(([begin]) => begin.test(text));
  if (pair) return { kind: 'html', end: pair[1], interrupts: true };
  if (named.test(text)) return { kind: 'html', end: undefined, interrupts: true };
  return alone.test(text) ? { kind: 'html', end: undefined, interrupts: false } : undefined;
}

/** Matches the mark of a display formula alone on its line, or a whole display formula on one line. */
function formulaStart(text: string): LineStart | undefined {
  if (text === '$$' || /^\$\$[^$]+\$\$$/.test(text)) {
    return { kind: 'formula', end: /\$\$\s*$/, isWhole: text !== '$$' };
  }
  if (text !== '\\[' && !(text.startsWith('\\[') && text.endsWith('\\]'))) return undefined;
  return { kind: 'formula', end: /\\\]\s*$/, isWhole: text !== '\\[' };
}
