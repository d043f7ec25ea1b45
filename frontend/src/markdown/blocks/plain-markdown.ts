// Prepares a parsed reply for rendering: keeps a few HTML tags, turns all others into text, leaves footnotes in place
// and preserves line breaks.
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

/** Remark plugin that rewrites the tree of a parsed Markdown text. */
export function remarkPlain(): (tree: Root) => void {
  return rewrite;
}

function rewrite(parent: Parents): void {
  const isPhrasing = phrasing.includes(parent.type);
  // The types of the children depend on the type of the parent; each node is replaced by nodes that its parent allows.
  parent.children = parent.children.flatMap((node) => replaced(node, isPhrasing)) as typeof parent.children &
    RootContent[];
}

function replaced(node: Nodes & RootContent, isPhrasing: boolean): RootContent[] {
  if (node.type === 'html') return isPhrasing ? inlineHtml(node.value) : blockHtml(node.value);
  if (node.type === 'text') return linesOf(node.value);
  if (node.type === 'footnoteReference') return [noteOf(node.identifier)];
  if ('children' in node) rewrite(node);
  if (node.type !== 'footnoteDefinition') return [node];
  const label = noteOf(node.identifier);
  const [first, ...rest] = node.children;
  if (first?.type !== 'paragraph') return [{ type: 'paragraph', children: [label] }, ...node.children];
  return [{ ...first, children: [label, { type: 'text', value: ' ' }, ...first.children] }, ...rest];
}

/** Tags without attributes that a reply may use; HtmlBlock.tsx sanitizes them again. */
const keptTag = /<\/?(?:sub|sup|kbd|mark|details|summary)>|<details open>|<br\s?\/?>/gi;

function inlineHtml(value: string): PhrasingContent[] {
  if (value.startsWith('<!--')) return [];
  return partsOf(value);
}

function blockHtml(value: string): RootContent[] {
  if (/^<!--.*-->$/s.test(value.trim())) return [];
  const parts = partsOf(value);
  return parts.some(({ type }) => type === 'html') ? parts : [{ type: 'paragraph', children: parts }];
}

function partsOf(value: string): PhrasingContent[] {
  const parts: PhrasingContent[] = [];
  let from = 0;
  for (const { 0: tag, index } of value.matchAll(keptTag)) {
    if (index > from) parts.push(...linesOf(value.slice(from, index)));
    parts.push(/^<br/i.test(tag) ? { type: 'break' } : { type: 'html', value: tag.toLowerCase() });
    from = index + tag.length;
  }
  return from < value.length ? [...parts, ...linesOf(value.slice(from))] : parts;
}

function linesOf(text: string): PhrasingContent[] {
  return text.split(/\r?\n|\r/).flatMap((value, index): PhrasingContent[] => {
    const words = withNotes(value);
    return index === 0 ? words : [{ type: 'break' }, ...words];
  });
}

/** Renders footnote numbers as superscripts; the text of a footnote may be in another block. */
function withNotes(text: string): PhrasingContent[] {
  return text.split(/\[\^(\d{1,3})\]/).flatMap((part, index): PhrasingContent[] => {
    if (index % 2 === 1) return [noteOf(part)];
    return part === '' && index > 0 ? [] : [{ type: 'text', value: part }];
  });
}

function noteOf(label: string): PhrasingContent {
  const children: PhrasingContent[] = [{ type: 'text', value: label }];
  return { type: 'emphasis', data: { hName: 'sup', hProperties: { className: ['note'] } }, children };
}
