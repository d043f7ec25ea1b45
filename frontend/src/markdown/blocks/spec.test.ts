// The examples of the CommonMark specification: blocks parsed one by one mean the same as the whole text.
import { tests } from 'commonmark-spec';
import type { Root, RootContent } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { expect, test } from 'vitest';
import { finishSplit, split } from './blocks.ts';
import { definitionsFor } from './definitions.ts';

/** Known deviations: a definition inside a quote, a label that needs full case folding, and a blank label. */
const different = ['[foo]\n\n> [foo]: /url\n', '[ẞ]\n\n[SS]: /url\n', '[\n ]\n\n[\n ]: /uri\n'];

test('all examples but three, which no reply holds, mean the same block by block', () => {
  const wrong = tests
    .map(({ markdown }) => markdown.replaceAll('→', '\t'))
    .filter((markdown) => {
      const { blocks, definitions } = finishSplit(split(markdown));
      const texts = blocks.map((block) => definitionsFor(block.labels, definitions) + block.head + block.text);
      return meaningOf(texts) !== meaningOf([markdown]);
    });

  expect(tests.length).toBeGreaterThan(600);
  expect(wrong).toEqual(different);
});

const parser = unified().use(remarkParse).use(remarkGfm);

function meaningOf(texts: readonly string[]): string {
  return JSON.stringify(texts.flatMap((text) => described((parser.parse(text) as Root).children)));
}

/** Describes nodes; list items are flattened, as they are rendered. */
function described(nodes: readonly RootContent[]): unknown[] {
  return nodes.flatMap((node): unknown[] => {
    if (node.type === 'definition') return [];
    if (node.type === 'list') return described(node.children);
    const facts = [node.type, 'url' in node ? node.url : '', 'value' in node ? node.value.trim() : ''];
    return ['children' in node ? [...facts, described(node.children)] : facts];
  });
}
