// The open block, and whether the next line belongs to it. In doubt, a line belongs to the block: a block that is too
// long costs little, but a block must not be split where Markdown does not split it.
import { beginsTable, closesFence, indentOf, isUnderline, type LineStart, startOf } from './line.ts';

/** Length in UTF-16 units from which a block is split at the next line, even if Markdown would continue it. */
export const longestBlock = 4_000;
/** The same limit for code inside a list or quote and for runs of blank lines, which a split would alter. */
const longestWhole = 20_000;
const rowsOfBlock = 40;
/** Rows after which a table continues in a new table, because browsers lay out all rows of a table on each change. */
const rowsOfTable = 200;
/** Items after which a list continues in a new list, for the same reason. */
const itemsOfList = 100;

/** What the last line inside a list item or a quote leaves open. */
interface Container {
  /** Mark of the open fence, or empty. */
  readonly fence: string;
  /** Opening line of the fence that was split before this block, or empty. */
  readonly head: string;
  readonly isParagraph: boolean;
  readonly isEmpty: boolean;
}

interface Opened {
  /** Whether it belongs to the list or table of the previous block. */
  readonly joins: boolean;
  readonly isAfterBlank: boolean;
  /** Length so far, in UTF-16 units. */
  readonly length: number;
}

/** The open block: the state that decides whether the next line belongs to it. */
export type OpenBlock = Opened &
  (
    | { readonly kind: 'none' | 'leaf' | 'indented' }
    | { readonly kind: 'paragraph'; readonly first: string; readonly last: string; readonly lines: number }
    /** `isAlone`: no text precedes the table in its block; `isCut`: the head of the table is in an earlier block. */
    | {
        readonly kind: 'table';
        readonly head: string;
        readonly rows: number;
        readonly isAlone: boolean;
        readonly isCut: boolean;
      }
    /** An empty `mark` means that the fence is closed. */
    | { readonly kind: 'fence'; readonly mark: string }
    | { readonly kind: 'html' | 'formula'; readonly end: RegExp | undefined }
    | ({ readonly kind: 'quote' } & Container)
    | ({ readonly kind: 'item' } & Item & Container)
  );

/** The position of an item in its list, and the indentation of its lines. */
interface Item {
  readonly marker: string;
  /** Indentation of the item's content, in columns; `strip` is the indentation to remove from a continued item. */
  readonly indent: number;
  readonly strip: number;
  /** Number of the first item of an ordered list. */
  readonly first: number | undefined;
  /** Number of items before this one in the list. */
  readonly place: number;
}

/** Initial state of every text. */
export const nothingOpen: OpenBlock = { kind: 'none', joins: false, isAfterBlank: false, length: 0 };

/** The open block after one more line; `isNew` if the line closes the previous block and begins a new one. */
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

/** Returns the open block after the next part of a line that exceeds `longestBlock`. */
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

/** Whether a line ends the paragraph above it. */
function interrupts(start: LineStart): boolean {
  if (start.kind === 'item' || start.kind === 'html') return start.interrupts;
  return start.kind !== 'text' && start.kind !== 'indented';
}

/** Whether a line may continue a paragraph inside a list or quote without their marks (lazy continuation). */
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

/** Returns the position of an item that may continue the list of the previous block. */
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

/** Whether `line` is the last line of the paragraph it belongs to. After definitions, `===` is only text. */
function endsParagraph({ first }: { readonly first: string }, line: string): boolean {
  return isUnderline(line) && (line.trimStart().startsWith('-') || !first.trimStart().startsWith('['));
}

const nothingWithin: Container = { fence: '', head: '', isParagraph: false, isEmpty: true };

/** Returns what a line inside a container leaves open, regardless of nested list and quote marks. */
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

/** Begins a new block inside one that exceeds its limit; `undefined` if no split is needed or possible here. */
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

/** Returns the line that reopens a fence after a split. */
function headOf({ fence }: Container, prefix = ''): Pick<Container, 'head'> {
  return { head: fence === '' ? '' : `${prefix}${fence}\n` };
}

function endLine(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n`;
}
