// A formula while it streams: no part of its delimiters is ever shown, whatever the length of the text so far.
import { cleanup, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Markdown } from '../Markdown.tsx';
import { Typeset } from './Typeset.tsx';

beforeEach(() => {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** The text outside typeset formulas, at each length of a growing text. */
async function shownWhile(text: string): Promise<string[]> {
  const { rerender, container, findByText } = render(<Markdown text="" isStreaming wake="running" />);
  rerender(<Markdown text="$k$" isStreaming wake="running" />);
  await findByText('k', { selector: 'annotation' }); // KaTeX has been loaded
  return Array.from({ length: text.length }, (_, index) => {
    rerender(<Markdown text={text.slice(0, index + 1)} isStreaming wake="running" />);
    const shown = container.cloneNode(true) as Element;
    for (const formula of shown.querySelectorAll('.formula')) formula.remove();
    return shown.textContent;
  });
}

test.each([
  ['$$ in a line of text', 'The sum $$x^2 + \\frac{1}{2}$$ is 大.'],
  ['$$ on lines of its own', 'So:\n\n$$\nx^2 +\n\\frac{a}{b}\n$$\n\nThere 🚢.'],
  ['\\[', 'So:\n\n\\[\nx^2 = \\left( 4 \\right)\n\\]\n\nThere.'],
  ['\\[ in a line of text', 'So \\[x^2\\] there.'],
  ['\\(', 'See \\(x^2\\), (\\(y\\)) and **\\(z\\)**.'],
  ['$', 'See $x^2$, ($\\frac{a}{b}$), 公式$c$.'],
  ['a list and a quote', '- See \\(a\\)\n- and $b_1$\n\n> \\[c\\]\n'],
  ['a table', '| a | b |\n|---|---|\n| \\(x\\) | $y^2$ |\n'],
  ['a price before it', 'It costs $5, and $x$ is $6 - $y$.'],
])('the delimiters of a formula are never shown: %s', async (_, text) => {
  for (const shown of await shownWhile(text)) {
    expect(shown.replaceAll(/\$[56]/g, '')).not.toMatch(/[$\\]/);
  }
});

test('prices, variables and other text stay as they are while they stream', async () => {
  const text = 'It costs $5, or US$6.50 for $HOME and $1,000 in all.';

  const shown = await shownWhile(text);

  for (const [index, words] of shown.entries()) {
    const whole = text.slice(0, index + 1).trimEnd();
    if (/\$(?:\w{4}|\d)[^$]*$/.test(whole)) expect(words.trimEnd()).toBe(whole);
  }
});

test('an open formula keeps the part that could be parsed, and a closed one that cannot be parsed shows its source', () => {
  const props = { isDisplay: false, source: '\\(a + \\frac{1\\)' };
  const { container, rerender } = render(<Typeset {...props} tex="a +" isOpen />);
  rerender(<Typeset {...props} tex="a + \frac{1" isOpen />);

  const open = container.querySelector('.formula:not([hidden]) annotation')?.textContent;
  rerender(<Typeset {...props} tex="a + \frac{1" isOpen={false} />);

  expect(open).toBe('a +');
  expect(container.querySelector('.formula-source')?.textContent).toBe(props.source);
});
