// Makes of a parsed reply what it is drawn as: HTML is only text, footnotes stay where they stand, line breaks hold.
import type { Nodes, Parents, PhrasingContent, Root, RootContent } from 'mdast';

const phrasing: readonly string[] = [
  'paragraph',
  'heading',
  'emphasis',
  'strong',
  'delete',
  'link',
  'linkReference',
  'tableCell',
];

/** Rewrites the tree of a parsed Markdown text. */
export function remarkPlain(): (tree: Root) => void {
  return rewrite;
}

function rewrite(parent: Parents): void {
  const isPhrasing = phrasing.includes(parent.type);
  // The types of a parent's children are as many as its own: each node is replaced by what its kind of parent may hold.
  parent.children = parent.children.flatMap((node) => replaced(node, isPhrasing)) as typeof parent.children &
    RootContent[];
}

function replaced(node: Nodes & RootContent, isPhrasing: boolean): RootContent[] {
  if (node.type === 'html') return isPhrasing ? inlineHtml(node.value) : blockHtml(node.value);
  if (node.type === 'text') return linesOf(node.value);
  if (node.type === 'footnoteReference') return [{ type: 'text', value: `[^${node.identifier}]` }];
  if ('children' in node) rewrite(node);
  if (node.type !== 'footnoteDefinition') return [node];
  const label: RootContent = { type: 'text', value: `[^${node.identifier}] ` };
  const [first, ...rest] = node.children;
  if (first?.type !== 'paragraph') return [{ type: 'paragraph', children: [label] }, ...node.children];
  return [{ ...first, children: [label, ...first.children] }, ...rest];
}

function inlineHtml(value: string): PhrasingContent[] {
  if (/^<br\s*\/?>$/i.test(value)) return [{ type: 'break' }];
  return value.startsWith('<!--') ? [] : linesOf(value);
}

function blockHtml(value: string): RootContent[] {
  if (/^<!--.*-->$/s.test(value.trim())) return [];
  return [{ type: 'paragraph', children: linesOf(value) }];
}

function linesOf(text: string): PhrasingContent[] {
  return text.split(/\r?\n|\r/).flatMap((value, index): PhrasingContent[] => {
    const words: PhrasingContent = { type: 'text', value };
    return index === 0 ? [words] : [{ type: 'break' }, words];
  });
}
