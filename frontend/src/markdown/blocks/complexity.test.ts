// Worst-case inputs of up to 1 MB for the frontend's regular expressions and scanners: their time is linear in the length.
import { cpuMsSince, shortOrFull, yardstickMs } from '@sillage/testing';
import { expect, test } from 'vitest';
import { fileName } from '../../browser/save-file.ts';
import { linkTarget, placeToShow } from '../targets.ts';
import { finishSplit, split } from './blocks.ts';
import { isTooComplex } from './complexity.ts';
import { definitionsFor, labelsIn } from './definitions.ts';
import { fenceOf, highlightedLength, lineGroups } from './fence.ts';
import { groupsOf, sectionsOf } from './sections.ts';

const length = shortOrFull({ short: 200_000, full: 1_000_000 });
/** CPU time in yardsticks of 50 ms on a quiet machine. Quadratic time would take minutes. */
const longest = shortOrFull({ short: 60, full: 300 });
const unitMs = yardstickMs();
const filled = (pattern: string, size = length) => pattern.repeat(Math.ceil(size / pattern.length));

const worst: readonly (readonly [string, string])[] = [
  ...['[a](', '![a](', '\\[', '[', ']', '*', '*a ', '**a', '_a', '*_', '~~a', '`', '- ', '>', '> ', '1. ', '- - '].map(
    (pattern) => [pattern, filled(pattern)] as const,
  ),
  ...[
    '<',
    '<a ',
    '<!--',
    '<![CDATA[',
    '<?',
    '<!A ',
    '|',
    '\\|',
    ' ',
    '\t',
    '\n',
    '\n a',
    '\\',
    '&a',
    '&#1;',
    'http://',
  ].map((pattern) => [pattern, filled(pattern)] as const),
  ...['a@', 'a.a@a.', '[^a]', '#', '1', 'a\n=\n', '```a\n', '$', '$a ', '\\(', '\\[', '**中文，**', '🌊', 'a  \n'].map(
    (pattern) => [pattern, filled(pattern)] as const,
  ),
  ['brackets in a fence', `\`\`\`\n${filled('\\[')}`],
  ['brackets in a fence of an item', `- \`\`\`\n${filled('  \\[\\[\\[\\[\n')}`],
  ['brackets in a fence of a quote', `> \`\`\`\n${filled('> \\[\\[\\[\\[\n')}`],
  ['opening, then closing brackets', filled('[', length / 2) + filled(']', length / 2)],
  ['a label without end', `[${filled('a ')}`],
  ['an escaped label', `[${filled('\\a')}`],
  [
    'definitions',
    Array.from({ length: length / 50 }, (_, index) => `[l${index}]: https://a.example/${index}`).join('\n'),
  ],
  ['definitions apart', Array.from({ length: length / 50 }, (_, index) => `[l${index}]: /${index}`).join('\n\n')],
  ['a title without end', `[a]: b "${filled('x\n')}`],
  ['attributes', `<a${filled(' b="')}`],
  ['spaces in a tag', `<a${filled(' ')}x`],
  ['spaces before a letter', `${filled(' ')}a`],
  ['dashes before a letter', `${filled('- ')}x`],
  ['a wide table', `|${filled('a|', length / 2)}\n|${filled('-|', length / 2)}`],
  ['a wide table with rows', `|${filled('a|', 3_000)}\n|${filled('-|', 3_000)}\n${filled('|\n')}`],
];

test.each(worst)(
  '%s: a long text is cut into blocks in time, and no block is left too long to be judged',
  (_, text) => {
    const before = process.threadCpuUsage();

    const { blocks, definitions } = finishSplit(split(text));
    const drawn = blocks.filter((block) => {
      definitionsFor(block.labels, definitions);
      if (block.kind === 'fence') lineGroups(fenceOf(block.text).code);
      return block.kind !== 'fence' && !isTooComplex(block.head + block.text);
    });
    sectionsOf(blocks).map(groupsOf);

    expect(cpuMsSince(before) / unitMs).toBeLessThan(longest);
    expect(blocks.map((block) => block.text).join('')).toBe(text);
    expect(drawn.every((block) => block.text.length < 30_000)).toBe(true);
  },
);

test.each([
  ['a name for a file', () => fileName(`${filled('.')}x.md`)],
  ['the labels of a text', () => labelsIn(filled('\\['))],
  ['a link', () => linkTarget(`https://a.example/${filled('%')}`)],
  ['the words of a link', () => placeToShow(new URL('https://a.example'), filled('/'))],
  ['the steps of colours', () => highlightedLength(filled('\n'), true)],
])('%s: a long text takes linear time', (_, act) => {
  const before = process.threadCpuUsage();

  act();

  expect(cpuMsSince(before) / unitMs).toBeLessThan(20); // a second on a quiet machine
});

test('prose, tables, code and lists that people read are drawn, not shown as their source', () => {
  const cells = `| ${'a `b` **c** | '.repeat(12)}\n`;

  expect(isTooComplex('See **the** `docs` at [here](https://a.example), and 2 * 3. '.repeat(60))).toBe(false);
  expect(isTooComplex(cells.repeat(8))).toBe(false);
  expect(isTooComplex(Array.from({ length: 12 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n'))).toBe(false);
  expect(isTooComplex('$\\alpha_{1} \\le \\frac{1}{2}$ '.repeat(80))).toBe(false);
});
