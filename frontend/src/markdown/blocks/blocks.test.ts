// Splitting Markdown into blocks: no text is lost or read twice, and the blocks mean the same as the whole text.
import { shortOrFull } from '@sillage/testing';
import fc from 'fast-check';
import type { Root, RootContent } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { expect, test } from 'vitest';
import { type Block, finishSplit, type Split, split } from './blocks.ts';
import { definitionsFor } from './definitions.ts';
import { longestBlock } from './open-block.ts';

const blocksOf = (state: Split) => finishSplit(state).blocks;
const textsOf = (text: string) => blocksOf(split(text)).map((block) => block.text);
const kindsOf = (text: string) => blocksOf(split(text)).map(({ kind, joins }) => (joins ? `+${kind}` : kind));

const line = fc.constantFrom(
  ...[
    '',
    '',
    '',
    'word',
    'two words',
    '# Head',
    '## ',
    '---',
    '***',
    '===',
    '```',
    '```ts',
    '~~~',
    '````',
    '> quote',
    '>',
  ],
  ...[
    '- a',
    '- b',
    '* c',
    '+ d',
    '-',
    '1. one',
    '2. two',
    '3) three',
    '- [x] done',
    '  - nested',
    '  more',
    '    deep',
  ],
  ...[
    '   1. in',
    '\tTab',
    '- ```',
    '  ```',
    '| a | b |',
    '| --- | :-: |',
    '| 1 | 2 |',
    'a | b',
    '<div>',
    '</div>',
    '<!--',
  ],
  ...[
    '-->',
    '<b>x</b>',
    '[a]: https://a.example',
    '[a] and [b][a]',
    '![i](https://i.example/i.png)',
    '&amp; **b',
    '`c',
  ],
);
const markdown = fc.array(line, { maxLength: 24 }).map((lines) => lines.join('\n'));

test('paragraphs, headings, fences, quotes and rules are blocks of their own', () => {
  const text = '# One\nText\nmore\n\n```ts\na\n\nb\n```\n> said\n---\nEnd';

  expect(textsOf(text)).toEqual(['# One\n', 'Text\nmore\n\n', '```ts\na\n\nb\n```\n', '> said\n', '---\n', 'End']);
});

test('every item of a list is a block that joins the list, with all that is indented below it', () => {
  expect(textsOf('- a\n  - b\n\n  c\n- d\n\ne')).toEqual(['- a\n  - b\n\n  c\n', '- d\n\n', 'e']);
  expect(kindsOf('- a\n- b\n* c\n1. d\n2. e')).toEqual(['item', '+item', 'item', 'item', '+item']);
});

test('a list that becomes too long goes on in another, which knows its number', () => {
  const blocks = blocksOf(split('7. a\n'.repeat(250)));

  const begins = blocks.filter(({ joins }) => !joins);
  expect(begins.map(({ number, continues }) => [number, continues])).toEqual([
    [7, false],
    [107, true],
    [207, true],
  ]);
  expect(blocksOf(split('- a\n- b'))[1]).toMatchObject({ joins: true, continues: false, number: undefined });
});

test('a long table goes on in blocks that know its head', () => {
  const rows = Array.from({ length: 100 }, (_, row) => `| ${row} | x |\n`);
  const blocks = blocksOf(split(`| a | b |\n|---|---|\n${rows.join('')}`));

  expect(blocks.map(({ kind, joins }) => [kind, joins])).toEqual([
    ['table', false],
    ['table', true],
    ['table', true],
  ]);
  expect(blocks[1]?.head).toBe('| a | b |\n|---|---|\n');
});

test('a fence that nothing closes runs to the end, and a comment over its blank lines', () => {
  expect(textsOf('```\n# a\n\n- b')).toHaveLength(1);
  expect(textsOf('<!-- a\n\n# b\n-->\nc')).toEqual(['<!-- a\n\n# b\n-->\n', 'c']);
});

test('definitions are known to the blocks after them, and before them once they have come', () => {
  const { blocks, definitions } = finishSplit(split('[A  b]: https://a.example "t"\n\nSee [a B].'));

  expect(blocks[1]?.labels).toEqual(['a b']);
  expect(definitions.get('a b')).toBe('[A  b]: https://a.example "t"');
});

test('a block does not grow without end, even where a model never breaks a line', () => {
  for (const word of ['word ', 'x', '🌊', '> a\n', '- a\n  - b\n', '<!-- a\n', 'a\n']) {
    const blocks = textsOf((word.startsWith('- ') ? '- a\n' : '') + word.repeat(20_000).replaceAll('\n- a', ''));
    expect(Math.max(...blocks.map((text) => text.length)), word).toBeLessThanOrEqual(longestBlock + 100);
    expect(
      blocks.every((text) => text.isWellFormed()),
      word,
    ).toBe(true);
  }
});

test('blocks, joined, are the text, wherever it was cut on its way, and closed ones are never made again', () => {
  const any = fc.oneof(markdown, fc.string({ unit: 'binary', maxLength: 200 }));
  fc.assert(
    fc.property(any, fc.array(fc.nat(400), { maxLength: 12 }), (text, cuts) => {
      let state = split('');
      let seen: readonly Block[] = [];
      for (const cut of [...cuts.sort((a, b) => a - b), text.length]) {
        state = split(text.slice(0, cut), state);
        for (const [index, block] of seen.entries()) expect(state.closed[index]).toBe(block);
        seen = state.closed;
        expect(blocksOf(state)).toEqual(blocksOf(split(text.slice(0, cut))));
      }
      expect(
        blocksOf(state)
          .map((block) => block.text)
          .join(''),
      ).toBe(text);
    }),
    { numRuns: shortOrFull({ short: 40, full: 2_000 }) },
  );
});

test('blocks parsed one by one have the meaning of the whole text', () => {
  fc.assert(
    fc.property(markdown, (text) => {
      fc.pre(!isAmbiguous(text));
      const { blocks, definitions } = finishSplit(split(text));
      const texts = blocks.map((block) => definitionsFor(block.labels, definitions) + block.head + block.text);
      expect(shapesOf(texts)).toEqual(shapesOf([text]));
    }),
    { numRuns: shortOrFull({ short: 300, full: 4_000 }), seed: 7 },
  );
});

/** Whether the parser deviates from CommonMark: `2.` and an empty `-` after some blocks, code after a container. */
function isAmbiguous(text: string): boolean {
  const isRefused = /(?:^|\n)(?:.*\S.*\n|(?: {4}|\t).*\n\s*) *(?:[2-9][.)]|-(?:\n|$))/.test(text);
  return isRefused || /(?:>|\n(?: {4}|\t).*)\n(?: {4}|\t)/.test(text);
}

/** Describes the meaning of texts that are parsed one by one; list items are flattened. */
function shapesOf(texts: readonly string[]): string[] {
  const parser = unified().use(remarkParse).use(remarkGfm);
  return texts.flatMap((text) => shapes((parser.parse(text) as Root).children));
}

function shapes(nodes: readonly RootContent[]): string[] {
  return nodes.flatMap((node) => {
    if (node.type === 'definition') return [];
    if (node.type === 'list') return shapes(node.children);
    if ('children' in node) return [`${node.type}(${shapes(node.children).join(' ')})`];
    return [`${node.type}${'value' in node ? `:${node.value.trim()}` : ''}`];
  });
}
