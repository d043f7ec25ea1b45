// Combines blocks for rendering: the blocks of one list or table form a group, and several groups form a section. A
// full section never changes, so React and the browser's layout skip it when later blocks change.
import type { Block } from './blocks.ts';

/** Consecutive blocks. */
export interface Run {
  /** Number of blocks before it. */
  readonly from: number;
  readonly blocks: readonly [Block, ...Block[]];
}

const blocksOfSection = 16;

/** Splits blocks into sections, but not within a list or table, nor between a heading and the block after it. */
export function sectionsOf(blocks: readonly Block[]): readonly Run[] {
  return runsOf(blocks, ({ joins }, section) => {
    return joins || section.length < blocksOfSection || isHeading(section.at(-1));
  });
}

/** Splits the blocks of a section into groups: the blocks of one list, of one table, or a single other block. */
export function groupsOf({ from, blocks }: Run): readonly Run[] {
  return runsOf(blocks, ({ joins }) => joins).map((group) => ({ ...group, from: from + group.from }));
}

/** Whether a block is a heading. */
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
