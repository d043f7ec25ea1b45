// Whether a block costs a parser too much, or nests too deep to be drawn. Parsers of Markdown need quadratic time for
// many unmatched marks and recurse into each container; a block is at most some thousand characters, so these limits
// bound its cost, and a whole reply costs in proportion to its length.

import { indentOf } from './line.ts';

const mostContainers = 32;
const mostMarks = 600;
const mostCells = 100;
/** In a block whose lines are nearly empty. */
const mostShortLines = 400;
const shortLine = 12;

const mark = /[\][*_~`<&!\\$]/g;
const containers = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t])))+/;
const container = />|[-+*]|\d+[.)]/g;

/** Whether a block is drawn as its source instead of as Markdown. */
export function isTooComplex(block: string): boolean {
  const lines = block.split('\n');
  if (lines.length > mostShortLines && block.length < lines.length * shortLine) return true;
  return countOf(mark, block) > mostMarks || lines.some(isTooDeep);
}

function isTooDeep(line: string): boolean {
  if (line.length <= mostContainers) return false;
  if (countOf(/\|/g, line) > mostCells) return true;
  const prefix = containers.exec(line)?.[0] ?? '';
  // Two columns of indentation are the least that a list nests by.
  return prefix !== '' && countOf(container, prefix) + indentOf(line) / 2 > mostContainers;
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0;
}
