// Rendering cost is proportional to new text. The tests count parsed characters, not milliseconds.
import { shortOrFull } from '@sillage/testing';
import { act, cleanup, render } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

const parsed = { characters: 0 };
let Markdown: typeof import('./Markdown.tsx').Markdown;

// Files share modules: those that use react-markdown are loaded again, with the counting one, and dropped at the end.
beforeAll(async () => {
  vi.resetModules();
  vi.doMock('react-markdown', async (importOriginal) => {
    const { default: ReactMarkdown } = await importOriginal<typeof import('react-markdown')>();
    const counting: typeof ReactMarkdown = (options) => {
      parsed.characters += options.children?.length ?? 0;
      return ReactMarkdown(options);
    };
    return { default: counting };
  });
  ({ Markdown } = await import('./Markdown.tsx'));
});
afterAll(() => {
  vi.doUnmock('react-markdown');
  vi.resetModules();
});
afterEach(cleanup);

/** Streams `text` in deltas of `step` characters; returns the number of parsed characters per rendered character. */
function costOf(text: string, step: number): number {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
  parsed.characters = 0;
  const { rerender } = render(<Markdown text="" isStreaming />);
  for (let end = step; end < text.length + step; end += step) {
    act(() => rerender(<Markdown text={text.slice(0, end)} isStreaming />));
  }
  act(() => rerender(<Markdown text={text} isStreaming={false} />));
  return parsed.characters / text.length;
}

/** Times that a text is repeated: enough that a cost that grows with the length would show. */
const times = shortOrFull({ short: 12, full: 50 });

const paragraph = `${'The wind turned to the **west**. '.repeat(12)}\n\n`;
const item = '- The wind turned to the **west**, and the sea grew long.\n';
const row = '| The wind turned | to the **west** |\n';

test('a long reply costs a character no more than a short one', () => {
  const short = costOf(paragraph.repeat(5), 40);
  const long = costOf(paragraph.repeat(times), 40);

  expect(long).toBeLessThan(short * 1.1);
});

test('shown at once, every character is parsed once', () => {
  const text = paragraph.repeat(20);

  expect(costOf(text, text.length)).toBeLessThanOrEqual(2.1); // the open block is parsed again when the reply ends
});

test.each([
  ['paragraphs', paragraph.repeat(times), paragraph.length],
  ['a list', item.repeat(times * 8), item.length],
  ['a table', `| a | b |\n|---|---|\n${row.repeat(times * 10)}`, row.length * 40],
  ['a line without end', 'word '.repeat(times * 170), 4_000],
])('%s: each character is parsed twice, and the open block for each step', (_, text, openBlock) => {
  const step = 100;

  expect(costOf(text, step)).toBeLessThanOrEqual(2 + openBlock / step);
});

test('a fence is never parsed', () => {
  expect(costOf(`\`\`\`ts\n${'const a = 1;\n'.repeat(times * 10)}`, 100)).toBe(0);
});
