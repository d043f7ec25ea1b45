// A block that is one item of a list, or some rows of a table, is parsed as a list or table of its own.
import type { Element, ElementContent, Root, RootContent } from 'hast';

/** Takes the items out of their list; with `isMore` also what was said below an item that was cut. */
export function rehypeItems({ isMore }: { readonly isMore: boolean }): (tree: Root) => void {
  return (tree) => {
    if (isMore) tree.children = [element('li', 'more', tree.children.filter(isContent))];
    else tree.children = tree.children.flatMap((node): RootContent[] => (isList(node) ? node.children : [node]));
  };
}

/** Takes the rows out of their table; with `isMore` without its head. */
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
