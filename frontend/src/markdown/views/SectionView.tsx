// A section of a reply. Rendered again only if one of its blocks changes, which happens at the end of the reply.
import { memo } from 'react';
import type { Block } from '../blocks/blocks.ts';
import { definitionsFor } from '../blocks/definitions.ts';
import { groupsOf, isHeading, type Run } from '../blocks/sections.ts';
import type { Wake } from '../blocks/wake.ts';
import { BlockView } from './BlockView.tsx';
import { TableFrame } from './TableFrame.tsx';

interface SectionViewProps {
  readonly section: Run;
  readonly definitions: ReadonlyMap<string, string>;
  /** Whether its last block may still grow. */
  readonly isOpen: boolean;
  readonly wake: Wake;
}

/** Renders a section. */
export const SectionView = memo(function SectionView({ section, definitions, isOpen, wake }: SectionViewProps) {
  const last = section.from + section.blocks.length - 1;
  const view = (block: Block, index: number) => (
    <BlockView
      key={index}
      kind={block.kind}
      text={block.text}
      head={block.head}
      strip={block.strip}
      definitions={definitionsFor(block.labels, definitions)}
      isOpen={isOpen && index === last}
      wake={index === last ? wake : 'none'}
    />
  );

  return (
    <div className="section">
      {groupsOf(section).map(({ from, blocks: [first, ...others] }) => (
        <div key={from} className={classOf(first)}>
          {framed(first, [view(first, from), ...others.map((block, index) => view(block, from + 1 + index))])}
        </div>
      ))}
    </div>
  );
}, isSame);

/** Whether nothing changed. Blocks are append-only, so the same last block implies the same blocks before it. */
function isSame(before: SectionViewProps, after: SectionViewProps): boolean {
  return (
    before.section.from === after.section.from &&
    before.section.blocks.at(-1) === after.section.blocks.at(-1) &&
    before.definitions === after.definitions &&
    before.isOpen === after.isOpen &&
    before.wake === after.wake
  );
}

function framed({ kind, number }: Block, views: React.JSX.Element[]) {
  if (kind === 'table') return <TableFrame>{views}</TableFrame>;
  if (kind !== 'item') return views;
  return number === undefined ? <ul>{views}</ul> : <ol start={number}>{views}</ol>;
}

function classOf(block: Block): string {
  if (isHeading(block)) return 'block block-heading';
  return block.continues ? 'block block-continued' : 'block';
}
