// A formula at the end of a growing text: its closing delimiter has not arrived.
import type { Element, Root } from 'hast';

/** Rehype plugin that marks the last formula of a tree as open. */
export function rehypeOpenFormula(): (tree: Root) => void {
  return (tree) => {
    const last = lastFormula(tree);
    if (last !== undefined) last.properties.dataFormula = 'open';
  };
}

function lastFormula(parent: Root | Element): Element | undefined {
  for (const child of parent.children.toReversed()) {
    if (child.type !== 'element') continue;
    const found = child.properties.dataFormula === undefined ? lastFormula(child) : child;
    if (found !== undefined) return found;
  }
  return undefined;
}
