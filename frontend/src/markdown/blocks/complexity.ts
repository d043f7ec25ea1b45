// Limits on the complexity of a block. Markdown parsers need quadratic time for many unmatched marks and recurse into
// each container. A block has at most some thousand characters, so these limits bound its cost and keep the cost of a
// whole reply proportional to its length.

import { indentOf } from './line.ts';

const mostContainers = 32;
const mostMarks = 600;
const mostCells = 100;
/** Maximum number of lines in a block whose lines are nearly empty. */
const mostShortLines = 400;
const shortLine = 12;

const mark = /[\][*_~`<&!\\$]/g;
const containers = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t])))+/;
const container = />|[-+*]|\d+[.)]/g;

/** Whether a block is too complex to parse, and is rendered as its source. */
export function isTooComplex(block: string): boolean {
  const lines = block.split('\n');
  if (lines.length > mostShortLines && block.length < lines.length * shortLine) return true;
  return countOf(mark, block) > mostMarks || lines.some(isTooDeep);
}

function isTooDeep(line: string): boolean {
  if (line.length <= mostContainers) return false;
  if (countOf(/\|/g, line) > mostCells) return true;
  const prefix = containers.exec(line)?.[0] ?? '';
  // A nested list is indented by at least two columns.
  return prefix !== '' && countOf(container, prefix) + indentOf(line) / 2 > mostContainers;
}

function countOf(pattern: RegExp, text: string): number {
  return text.match(pattern)?.length ?? 0;
}
