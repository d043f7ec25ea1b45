// Rehype plugins for blocks that are one list item or some table rows: such a block is parsed as a list or table of its
// own, which these plugins unwrap.
import type { Element, ElementContent, Root, RootContent } from 'hast';

/** Unwraps items from their list; with `isMore`, wraps the continuation of a split item in an item. */
export function rehypeItems({ isMore }: { readonly isMore: boolean }): (tree: Root) => void {
  return (tree) => {
    if (isMore) tree.children = [element('li', 'more', tree.children.filter(isContent))];
    else tree.children = tree.children.flatMap((node): RootContent[] => (isList(node) ? node.children : [node]));
  };
}

/** Unwraps rows from their table; with `isMore`, omits the head. */
export function rehypeRows({ isMore }: { readonly isMore: boolean }): (tree: Root) => void {
  return (tree) => {
    tree.children = tree.children.flatMap((node) => {
      if (!isElement(node, 'table')) return [];
      return node.children.filter((part) => isElement(part, 'tbody') || (isElement(part, 'thead') && !isMore));
    });
  };
}

function isList(node: RootContent): node is Element {
  return isElement(node, 'ul') || isElement(node, 'ol');
}

function isElement(node: RootContent, name: string): node is Element {
  return node.type === 'element' && node.tagName === name;
}

function isContent(node: RootContent): node is ElementContent {
  return node.type !== 'doctype';
}

function element(tagName: string, className: string, children: ElementContent[]): Element {
  return { type: 'element', tagName, properties: { className: [className] }, children };
}
