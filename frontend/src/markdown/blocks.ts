// Cuts a growing Markdown text into blocks that can be drawn one by one. What is closed is never looked at again.
import { isInsidePair } from '@sillage/protocol';
import { definitionsIn, labelsIn } from './definitions.ts';
import { longestBlock, nothingOpen, type OpenBlock, takeLine, takeRestOfLine } from './open-block.ts';

/** Is one part of a text that is drawn by itself. The texts of all blocks, joined, are the text. */
export interface Block {
  /** `item` is one item of a list and `table` some rows of a table; `flow` is anything else but a fence. */
  readonly kind: 'flow' | 'fence' | 'item' | 'table';
  readonly text: string;
  /** Belongs to the list or table of the block before it. */
  readonly joins: boolean;
  /** Goes on, in a list or table of its own, with one that had become too long. */
  readonly continues: boolean;
  /** Numbers the item of an ordered list. */
  readonly number: number | undefined;
  /** Begins the table or the fence that was cut before it; empty where the text itself does. */
  readonly head: string;
  /** Counts the columns to take off every line: more of an item that had become too long. */
  readonly strip: number;
  /** Names the definitions that it may refer to. */
  readonly labels: readonly string[];
}

/** Is a text cut into blocks, and all that is needed to go on with a longer one. */
export interface Split {
  readonly text: string;
  readonly closed: readonly Block[];
  /** Maps the labels of closed blocks to their definitions, as Markdown. */
  readonly definitions: ReadonlyMap<string, string>;
  readonly open: OpenBlock;
  /** Begins the open block, in UTF-16 units. */
  readonly openFrom: number;
  /** Ends the last whole line. */
  readonly readTo: number;
}

const empty: Split = { text: '', closed: [], definitions: new Map(), open: nothingOpen, openFrom: 0, readTo: 0 };

/** Cuts `text` into blocks; goes on from `before` where that is the beginning of the text. */
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

/** Is a text as if it ended here: the closed blocks, the same objects as before, the open one, and all definitions. */
export interface Ended {
  readonly blocks: readonly Block[];
  readonly definitions: ReadonlyMap<string, string>;
}

/** Ends a text that may still grow. */
export function endOf(state: Split): Ended {
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

/** Finds where the line that begins at `from` ends; undefined while it may go on. An endless line is cut at a space. */
function lineEnd(text: string, from: number): number | undefined {
  const newline = text.indexOf('\n', from);
  const end = newline === -1 ? undefined : newline + 1;
  if ((end ?? text.length) - from <= longestBlock) return end;
  const most = from + longestBlock;
  const space = text.lastIndexOf(' ', most - 1) + 1;
  if (space > from) return space;
  return isInsidePair(text, most) ? most - 1 : most;
}
