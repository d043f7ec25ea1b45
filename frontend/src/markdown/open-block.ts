// The block that is still being written, and whether the next line belongs to it. A line that could belong does:
// a block may hold too much, which costs a little, but must never be cut where Markdown does not cut it.
import { beginsTable, closesFence, indentOf, isUnderline, type LineStart, startOf } from './line.ts';

/** From this length on, in UTF-16 units, a block is cut at the next line even where Markdown would go on. */
export const longestBlock = 4_000;
/** What may not be cut at its lines without a loss, code inside a list or quote and runs of blank lines, is longer. */
const longestWhole = 20_000;
const rowsOfBlock = 40;
/** A table longer than that goes on in a table of its own: a browser lays out all rows of one again and again. */
const rowsOfTable = 200;
/** So does a list. */
const itemsOfList = 100;

/** Is what the last line inside a list item or a quote left open. */
interface Container {
  /** Holds the mark of an open fence, else is empty. */
  readonly fence: string;
  /** Opens the fence that was cut before this block, else is empty. */
  readonly head: string;
  readonly isParagraph: boolean;
  readonly isEmpty: boolean;
}

interface Opened {
  /** Belongs to the list or table of the block before it. */
  readonly joins: boolean;
  readonly isAfterBlank: boolean;
  /** Counts UTF-16 units so far. */
  readonly length: number;
}

/** Is the block under way, as far as the next line has to know it. */
export type OpenBlock = Opened &
  (
    | { readonly kind: 'none' | 'leaf' | 'indented' }
    | { readonly kind: 'paragraph'; readonly first: string; readonly last: string; readonly lines: number }
    /** `isAlone` unless words stand above the table in its block, `isCut` where its head stands in a block before. */
    | {
        readonly kind: 'table';
        readonly head: string;
        readonly rows: number;
        readonly isAlone: boolean;
        readonly isCut: boolean;
      }
    /** `mark` is empty once the fence is closed. */
    | { readonly kind: 'fence'; readonly mark: string }
    | { readonly kind: 'html' | 'formula'; readonly end: RegExp | undefined }
    | ({ readonly kind: 'quote' } & Container)
    | ({ readonly kind: 'item' } & Item & Container)
  );

/** Is where an item stands in its list, and what its lines begin with. */
interface Item {
  readonly marker: string;
  /** Counts the columns before what belongs to the item, `strip` those that were cut off before. */
  readonly indent: number;
  readonly strip: number;
  /** Begins the numbers of the list, if it has any. */
  readonly first: number | undefined;
  /** Counts the items of the list before this one. */
  readonly place: number;
}

/** Is where every text begins. */
export const nothingOpen: OpenBlock = { kind: 'none', joins: false, isAfterBlank: false, length: 0 };

/** Is the open block after one more line; `isNew` when the line begins a block, and the one before is closed. */
interface Taken {
  readonly open: OpenBlock;
  readonly isNew: boolean;
}

/** Returns the open block after one more line. */
export function takeLine(open: OpenBlock, line: string): Taken {
  const start = startOf(line);
  const length = open.length + line.length;
  if (start.kind === 'blank') return takeBlank(open, line);
  if (open.kind === 'none') return { open: { ...begin(start, line), length }, isNew: false };
  if (!belongs(open, { start, line })) {
    const next = begin(start, line);
    return { open: next.kind === 'item' ? { ...next, ...placeBehind(open, next) } : next, isNew: true };
  }
  const cut = cutLong(open, line);
  if (cut !== undefined) return { open: cut, isNew: true };
  return { open: { ...grow(open, line), isAfterBlank: false, length }, isNew: false };
}

function takeBlank(open: OpenBlock, line: string): Taken {
  const isTooLong =
    open.length >= longestWhole && open.kind !== 'fence' && open.kind !== 'html' && open.kind !== 'formula';
  if (!isTooLong) return { open: { ...open, isAfterBlank: true, length: open.length + line.length }, isNew: false };
  const next = { isAfterBlank: true, length: line.length };
  if (open.kind !== 'item') return { open: { ...nothingOpen, ...next }, isNew: true };
  return { open: { ...open, ...next, ...headOf(open), joins: true, strip: open.indent }, isNew: true };
}

/** Returns the open block after more of a line that is too long to be looked at as one. */
export function takeRestOfLine(open: OpenBlock, rest: string): Taken {
  if (open.kind === 'fence') return { open: { ...open, length: open.length + rest.length }, isNew: false };
  const next = { joins: false, isAfterBlank: false, length: rest.length };
  const isHtml = open.kind === 'html' && open.end !== undefined;
  return {
    open: isHtml ? { ...open, ...next } : { ...next, kind: 'paragraph', first: rest, last: rest, lines: 1 },
    isNew: true,
  };
}

interface Line {
  readonly start: LineStart;
  readonly line: string;
}

function belongs(open: OpenBlock, { start, line }: Line): boolean {
  switch (open.kind) {
    case 'none':
      return true;
    case 'leaf':
      return false;
    case 'fence':
      return open.mark !== '';
    case 'indented':
      return start.kind === 'indented';
    case 'html':
    case 'formula':
      return open.end !== undefined || !open.isAfterBlank;
    case 'paragraph':
      return !open.isAfterBlank && (isUnderline(line) || !interrupts(start));
    case 'table':
      return !open.isAfterBlank && start.kind !== 'indented' && !interrupts(start);
    case 'quote':
      return !open.isAfterBlank && (start.kind === 'quote' || isLazy(open, start));
    case 'item':
      if (open.isEmpty && open.isAfterBlank) return false;
      return indentOf(line) >= open.indent || (!open.isAfterBlank && isLazy(open, start));
  }
}

/** Tells whether a line ends the paragraph above it. */
function interrupts(start: LineStart): boolean {
  if (start.kind === 'item' || start.kind === 'html') return start.interrupts;
  return start.kind !== 'text' && start.kind !== 'indented';
}

/** Tells whether a line may go on with a paragraph inside a list or quote without their marks. */
function isLazy({ isParagraph }: Container, start: LineStart): boolean {
  if (start.kind === 'html') return isParagraph && !start.interrupts;
  return isParagraph && (start.kind === 'text' || start.kind === 'indented');
}

function begin(start: LineStart, line: string): OpenBlock {
  const opened = { joins: false, isAfterBlank: false, length: line.length };
  switch (start.kind) {
    case 'heading':
    case 'break':
      return { ...opened, kind: 'leaf' };
    case 'blank':
    case 'text':
      return { ...opened, kind: 'paragraph', first: line, last: line, lines: 1 };
    case 'fence':
      return { ...opened, kind: 'fence', mark: start.mark };
    case 'formula':
      return start.isWhole ? { ...opened, kind: 'leaf' } : { ...opened, kind: 'formula', end: start.end };
    case 'html':
      return start.end?.test(line) ? { ...opened, kind: 'leaf' } : { ...opened, kind: 'html', end: start.end };
    case 'quote':
      return { ...opened, kind: 'quote', ...within(line, nothingWithin) };
    case 'item':
      return { ...opened, ...start, strip: 0, place: 0, ...within(line, nothingWithin) };
    default:
      return { ...opened, kind: start.kind };
  }
}

/** Returns where an item stands that may go on with the list of the block before it. */
function placeBehind(open: OpenBlock, { marker, first }: Item): Pick<Item, 'first' | 'place'> & Pick<Opened, 'joins'> {
  if (open.kind !== 'item' || marker !== open.marker) return { first, place: 0, joins: false };
  const place = open.place + 1;
  return { first: open.first, place, joins: place % itemsOfList > 0 };
}

function grow(open: OpenBlock, line: string): OpenBlock {
  switch (open.kind) {
    case 'fence':
      return closesFence(line, open.mark) ? { ...open, mark: '' } : open;
    case 'html':
    case 'formula':
      return open.end?.test(line) ? { ...open, kind: 'leaf' } : open;
    case 'table':
      return { ...open, rows: open.rows + 1 };
    case 'quote':
    case 'item':
      return { ...open, ...within(line, open) };
    case 'paragraph':
      if (beginsTable(open.last, line)) {
        const isAlone = open.lines === 1;
        return { ...open, kind: 'table', head: endLine(open.last) + endLine(line), rows: 0, isAlone, isCut: false };
      }
      return endsParagraph(open, line) ? { ...open, kind: 'leaf' } : { ...open, last: line, lines: open.lines + 1 };
    default:
      return open;
  }
}

/** Tells whether `line` ends a paragraph that it belongs to. Below definitions `===` is only text. */
function endsParagraph({ first }: { readonly first: string }, line: string): boolean {
  return isUnderline(line) && (line.trimStart().startsWith('-') || !first.trimStart().startsWith('['));
}

const nothingWithin: Container = { fence: '', head: '', isParagraph: false, isEmpty: true };

/** Returns what a line inside a container leaves open; marks of lists and quotes within it do not count. */
function within(
  line: string,
  { fence, head, isParagraph, indent = 0 }: Container & { readonly indent?: number },
): Container {
  const inner = line.replace(/^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=\s)))+ ?/, '');
  if (fence !== '')
    return { fence: closesFence(inner.trimStart(), fence) ? '' : fence, head, isParagraph: false, isEmpty: false };
  const start = startOf(inner.trimStart());
  const isCode = indentOf(inner) - (inner === line ? indent : 0) >= 4 && !isParagraph;
  return {
    fence: start.kind === 'fence' && !isCode ? start.mark : '',
    head,
    isParagraph: start.kind === 'text' && !isCode,
    isEmpty: start.kind === 'blank',
  };
}

/** Begins the next block inside a long one; undefined while there is no need, or no place. */
function cutLong(open: OpenBlock, line: string): OpenBlock | undefined {
  const next = { isAfterBlank: false, length: line.length };
  if (open.kind === 'table' && open.rows > 0 && open.rows % rowsOfBlock === 0) {
    const joins = open.isAlone && open.rows < rowsOfTable;
    return { ...open, ...next, joins, rows: joins ? open.rows + 1 : 1, isAlone: true, isCut: true };
  }
  if (open.length < longestBlock || open.kind === 'fence' || open.kind === 'table') return undefined;
  const isInFence = (open.kind === 'item' || open.kind === 'quote') && open.fence !== '';
  if (isInFence && open.length < longestWhole) return undefined;
  if (open.kind === 'quote') return { ...open, ...next, ...within(line, open), ...headOf(open, '> '), joins: false };
  if (open.kind !== 'item') return { ...grow(open, line), ...next, joins: false };
  if (indentOf(line) < open.indent) return undefined;
  return { ...open, ...next, joins: true, strip: open.indent, ...within(line, open), ...headOf(open) };
}

/** Returns what opens the fence again that a cut goes through. */
function headOf({ fence }: Container, prefix = ''): Pick<Container, 'head'> {
  return { head: fence === '' ? '' : `${prefix}${fence}\n` };
}

function endLine(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n`;
}
