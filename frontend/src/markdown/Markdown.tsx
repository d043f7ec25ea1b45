// A reply as its writer meant it: Markdown, drawn while it grows. The work follows what is new, not what is there.
import { memo, useState } from 'react';
import { BlockView } from './BlockView.tsx';
import { type Block, endOf, split } from './blocks.ts';
import { definitionsFor } from './definitions.ts';
import { TableFrame } from './TableFrame.tsx';
import type { Wake } from './wake.ts';

/** Is a Markdown text and how far it has come. */
export interface MarkdownProps {
  readonly text: string;
  /** More may come: what is half written at the end is drawn as if it were closed. */
  readonly isStreaming: boolean;
  /** How the wake runs under the last words. */
  readonly wake?: Wake;
}

/** Draws Markdown that nobody has to trust: no HTML, no scripts, links that show where they lead, pictures on demand. */
export const Markdown = memo(function Markdown({ text, isStreaming, wake = 'none' }: MarkdownProps) {
  const { blocks, definitions } = endOf(useSplit(text));
  const last = blocks.length - 1;
  const view = (block: Block, index: number) => (
    <BlockView
      key={index}
      kind={block.kind}
      text={block.text}
      head={block.head}
      strip={block.strip}
      definitions={definitionsFor(block.labels, definitions)}
      isOpen={isStreaming && index === last}
      wake={index === last ? wake : 'none'}
    />
  );

  return (
    <div className="markdown">
      {groupsOf(blocks).map(({ from, members: [first, ...others] }) => (
        <div key={from} className={classOf(first)}>
          {framed(first, [view(first, from), ...others.map((block, index) => view(block, from + 1 + index))])}
        </div>
      ))}
    </div>
  );
});

/** Cuts a text into blocks, going on from the text of the last render where it only grew. */
function useSplit(text: string) {
  const [state, setState] = useState(() => split(text));
  if (state.text === text) return state;
  const next = split(text, state);
  setState(next);
  return next;
}

interface Group {
  readonly from: number;
  readonly members: [Block, ...Block[]];
}

/** Puts the blocks of one list, or of one table, together. */
function groupsOf(blocks: readonly Block[]): readonly Group[] {
  const groups: Group[] = [];
  for (const [index, block] of blocks.entries()) {
    if (block.joins && groups.length > 0) groups.at(-1)?.members.push(block);
    else groups.push({ from: index, members: [block] });
  }
  return groups;
}

function framed({ kind, text }: Block, views: React.JSX.Element[]) {
  if (kind === 'table') return <TableFrame>{views}</TableFrame>;
  if (kind !== 'item') return views;
  const number = /^\s*(\d+)[.)]/.exec(text)?.[1];
  return number === undefined ? <ul>{views}</ul> : <ol start={Number(number)}>{views}</ol>;
}

function classOf({ kind, text }: Block): string {
  return kind === 'flow' && /^\s*#/.test(text) ? 'block block-heading' : 'block';
}
