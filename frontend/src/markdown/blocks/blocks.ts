// Splits a growing Markdown text into blocks that can be rendered one by one. A closed block is never read again.
import { isInsidePair } from '@sillage/protocol';
import { definitionsIn, labelsIn } from './definitions.ts';
import { longestBlock, nothingOpen, type OpenBlock, takeLine, takeRestOfLine } from './open-block.ts';

/** One part of a text that is rendered by itself. The concatenated texts of all blocks equal the whole text. */
export interface Block {
  /** `item`: one list item; `table`: some rows of a table; `fence`: a fenced code block; `flow`: any other block. */
  readonly kind: 'flow' | 'fence' | 'item' | 'table';
  readonly text: string;
  /** Whether it belongs to the list or table of the previous block. */
  readonly joins: boolean;
  /** Whether it continues a list or table that exceeded its limit, in a new list or table. */
  readonly continues: boolean;
  /** Number of the item in an ordered list. */
  readonly number: number | undefined;
  /** Markdown to put before a continued block: the head of its table or the opening of its fence; otherwise empty. */
  readonly head: string;
  /** Number of columns to remove from every line, if the block continues a list item that exceeded its limit. */
  readonly strip: number;
  /** Labels of the definitions that it may refer to. */
  readonly labels: readonly string[];
}

/** A text split into blocks, with the state needed to continue with a longer text. */
export interface Split {
  readonly text: string;
  readonly closed: readonly Block[];
  /** Definitions in closed blocks, as Markdown, by label. */
  readonly definitions: ReadonlyMap<string, string>;
  readonly open: OpenBlock;
  /** Start of the open block, in UTF-16 units. */
  readonly openFrom: number;
  /** End of the last complete line, in UTF-16 units. */
  readonly readTo: number;
}

const empty: Split = { text: '', closed: [], definitions: new Map(), open: nothingOpen, openFrom: 0, readTo: 0 };

/** Splits `text` into blocks; continues from `before` if `text` starts with the text of `before`. */
export function split(text: string, before: Split = empty): Split {
  let state = text.startsWith(before.text) ? before : empty;
  const closed: Block[] = [];
  for (let end = lineEnd(text, state.readTo); end !== undefined; end = lineEnd(text, end)) {
    const taken = takeUntil(state, { text, end });
    state = taken.state;
    if (taken.closed !== undefined) closed.push(taken.closed);
  }
  return { ...state, text, closed: closed.length === 0 ? state.closed : [...state.closed, ...closed] };
}

/** A text as if it ended here. Closed blocks are the same objects as before; the open block follows them. */
export interface Ended {
  readonly blocks: readonly Block[];
  readonly definitions: ReadonlyMap<string, string>;
}

/** Returns the blocks and definitions of a text that may still grow, as if it ended here. */
export function finishSplit(state: Split): Ended {
  const { text } = state;
  if (text === '') return { blocks: [], definitions: state.definitions };
  const { state: ended, closed } = takeUntil(state, { text, end: text.length });
  const last = blockOf(ended.open, text.slice(ended.openFrom));
  const blocks = [...state.closed, ...(closed ? [closed] : []), last];
  return {
    blocks,
    definitions: last.kind === 'flow' ? definitionsIn(last.text, ended.definitions) : ended.definitions,
  };
}

interface Upto {
  readonly text: string;
  readonly end: number;
}

function takeUntil(state: Split, { text, end }: Upto): { readonly state: Split; readonly closed?: Block } {
  const { openFrom, readTo } = state;
  if (end === readTo) return { state };
  const isLineBegin = readTo === 0 || text[readTo - 1] === '\n';
  const { open, isNew } = (isLineBegin ? takeLine : takeRestOfLine)(state.open, text.slice(readTo, end));
  if (!isNew) return { state: { ...state, open, readTo: end } };
  const closed = blockOf(state.open, text.slice(openFrom, readTo));
  const definitions = closed.kind === 'flow' ? definitionsIn(closed.text, state.definitions) : state.definitions;
  return { state: { ...state, definitions, open, openFrom: readTo, readTo: end }, closed };
}

function blockOf(open: OpenBlock, text: string): Block {
  return {
    kind: kindOf(open),
    text,
    joins: open.joins,
    continues: !open.joins && (open.kind === 'item' ? open.place > 0 : open.kind === 'table' && open.isCut),
    number: open.kind === 'item' && open.first !== undefined ? open.first + open.place : undefined,
    head: headOf(open),
    strip: open.kind === 'item' ? open.strip : 0,
    labels: open.kind === 'fence' ? [] : labelsIn(text),
  };
}

function headOf(open: OpenBlock): string {
  if (open.kind === 'table') return open.isCut ? open.head : '';
  return open.kind === 'item' || open.kind === 'quote' ? open.head : '';
}

function kindOf(open: OpenBlock): Block['kind'] {
  if (open.kind === 'table') return open.isAlone ? 'table' : 'flow';
  return open.kind === 'fence' || open.kind === 'item' ? open.kind : 'flow';
}

/** Returns the end of the line that begins at `from`; `undefined` while the line is incomplete. A line longer than
 *  `longestBlock` is cut at a space. */
function lineEnd(text: string, from: number): number | undefined {
  const newline = text.indexOf('\n', from);
  const end = newline === -1 ? undefined : newline + 1;
  if ((end ?? text.length) - from <= longestBlock) return end;
  const most = from + longestBlock;
  const space = text.lastIndexOf(' ', most - 1) + 1;
  if (space > from) return space;
  return isInsidePair(text, most) ? most - 1 : most;
}
