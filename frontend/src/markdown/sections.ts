// Puts blocks together as they are drawn: a list or a table is one group, and some groups are a section. A section that
// is full never changes, so neither React nor the browser's layout walks through it for what comes behind it.
import type { Block } from './blocks.ts';

/** Is some blocks that stand one behind another. */
export interface Run {
  /** Counts the blocks before it. */
  readonly from: number;
  readonly blocks: readonly [Block, ...Block[]];
}

const blocksOfSection = 16;

/** Cuts blocks into sections: not within a list or table, nor between a heading and what stands below it. */
export function sectionsOf(blocks: readonly Block[]): readonly Run[] {
  return runsOf(blocks, ({ joins }, section) => {
    return joins || section.length < blocksOfSection || isHeading(section.at(-1));
  });
}

/** Cuts the blocks of a section into groups: those of one list, of one table, or one other block alone. */
export function groupsOf({ from, blocks }: Run): readonly Run[] {
  return runsOf(blocks, ({ joins }) => joins).map((group) => ({ ...group, from: from + group.from }));
}

/** Tells whether a block is a heading. */
export function isHeading(block: Block | undefined): boolean {
  return block?.kind === 'flow' && /^\s*#/.test(block.text);
}

function runsOf(blocks: readonly Block[], belongs: (block: Block, run: readonly Block[]) => boolean): readonly Run[] {
  const runs: { from: number; blocks: [Block, ...Block[]] }[] = [];
  for (const [from, block] of blocks.entries()) {
    const run = runs.at(-1)?.blocks;
    if (run !== undefined && belongs(block, run)) run.push(block);
    else runs.push({ from, blocks: [block] });
  }
  return runs;
}
