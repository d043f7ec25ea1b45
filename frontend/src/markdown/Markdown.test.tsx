// How a reply is rendered, and what a malicious reply cannot do.

import { hostileMarkdown } from '@sillage/testing';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Markdown } from './Markdown.tsx';

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

function draw(text: string, isStreaming = false) {
  return render(<Markdown text={text} isStreaming={isStreaming} wake={isStreaming ? 'running' : 'none'} />).container;
}

test('headings, lists, tables and quotes have their elements and roles', () => {
  draw('# Head\n\n3. three\n4. four\n   - nested\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n\n> said');

  expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('Head');
  const [outer] = screen.getAllByRole<HTMLOListElement>('list');
  expect(outer?.start).toBe(3);
  expect(outer?.querySelectorAll(':scope > li')).toHaveLength(2);
  expect(screen.getAllByRole('columnheader').map((cell) => cell.getAttribute('scope'))).toEqual(['col', 'col']);
  expect(screen.getAllByRole('row')).toHaveLength(2);
  expect(screen.getByText('said').closest('blockquote')).not.toBeNull();
});

test('a list of many items goes on counting, and so does the text of an item that is long', () => {
  const shown = draw(`3. first\n${`4. ${'more words\n   '.repeat(500)}\n`}${'1. x\n'.repeat(150)}`);

  expect(screen.getAllByRole<HTMLOListElement>('list').map(({ start }) => start)).toEqual([3, 103]);
  expect(shown.querySelectorAll('li:not(.more)')).toHaveLength(152);
  expect(shown.querySelectorAll('li.more').length).toBeGreaterThan(0);
});

test('a long table has one head, and all its rows', () => {
  draw(`| a |\n|---|\n${'| x |\n'.repeat(150)}`);

  expect(screen.getAllByRole('table')).toHaveLength(1);
  expect(screen.getAllByRole('columnheader')).toHaveLength(1);
  expect(screen.getAllByRole('row')).toHaveLength(151);
});

test('incomplete syntax is drawn as if it were closed, while it streams', () => {
  expect(draw('This is **bold', true).querySelector('strong')?.textContent).toBe('bold');
  expect(draw('See [the docs](https://a.exa', true).textContent).toBe('See the docs');
  expect(draw('```ts\nconst a', true).querySelector('pre')?.textContent).toBe('const a');
  expect(draw('2 ** 3 and [x', false).textContent).toBe('2 ** 3 and [x');
});

test('the wake runs under the last words only, in text and in code', () => {
  const text = draw('Some words.\n\n- one\n- the **last** words', true);
  expect([...text.querySelectorAll('.wake')].map((element) => element.textContent)).toEqual([' words']);
  const code = draw('Look:\n\n1. so\n   ```ts\n   const a', true);
  expect([...code.querySelectorAll('.wake')].map((element) => element.textContent)).toEqual(['const a']);
});

test('definitions hold for the whole reply, also those that come late', () => {
  draw('See [the docs][1].\n\n- and [one]\n\n[1]: https://a.example\n[one]: https://b.example');

  expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual([
    'https://a.example/',
    'https://b.example/',
  ]);
});

test('footnotes, comments and line breaks lose no text', () => {
  const shown = draw('One[^1]\ntwo<br>three <!-- not said -->\n\n[^1]: The note.');

  expect(shown.textContent).toContain('1 The note.');
  expect(shown.textContent).not.toContain('not said');
  expect(shown.querySelectorAll('br')).toHaveLength(2);
});

test('code names its language, is copied whole, and gets its colours once these are loaded', async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal('navigator', { ...navigator, languages: ['en'], clipboard: { writeText } });
  const shown = draw('```ts\nconst a = "<b>";\n```\n\n```nonsense\nx\n```');

  expect(screen.getByText('ts').closest('figcaption')).not.toBeNull();
  await waitFor(() => expect(shown.querySelector('.hljs-keyword')?.textContent).toBe('const'));
  expect([...shown.querySelectorAll('pre')].map((code) => code.textContent)).toEqual(['const a = "<b>";', 'x']);
  fireEvent.click(screen.getAllByRole('button', { name: 'Copy code' })[0] ?? shown);
  await screen.findByRole('button', { name: 'Copied' });
  expect(writeText).toHaveBeenCalledWith('const a = "<b>";');
});

test('a picture is loaded only on request of the reader', () => {
  const shown = draw('![A map](https://maps.example/coast.png)');

  expect(shown.querySelector('img')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: /A map\s*Show picture from maps\.example/ }));
  const picture = screen.getByRole('img', { name: 'A map' });
  expect(picture.getAttribute('src')).toBe('https://maps.example/coast.png');
  expect(picture.getAttribute('referrerpolicy')).toBe('no-referrer');
  fireEvent.error(picture);
  expect(screen.getByRole('button').textContent).toContain('did not load');
});

test('a picture inside a link is not a button inside a link', () => {
  const shown = draw('[![A map](https://maps.example/coast.png)](https://a.example/x)');

  expect(shown.querySelector('a button')).toBeNull();
  expect(within(shown).getByRole('link').textContent).toBe('a.example');
});

test.each(hostileMarkdown)('%s cannot do anything', (_, text) => {
  for (const isStreaming of [false, true]) {
    for (const cut of isStreaming ? [text.length, text.length - 1, text.length >> 1] : [text.length]) {
      const shown = draw(text.slice(0, cut), isStreaming);

      expect(
        shown.querySelector(
          'script, iframe, object, embed, style, link, form, svg:not(button svg), math, img, base, meta',
        ),
      ).toBeNull();
      for (const element of shown.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
          expect(name).not.toMatch(/^on|^style$|^srcdoc$|^id$|^name$|^formaction$/);
          if (name === 'href') expect(value).toMatch(/^(?:https?:\/\/|mailto:)/);
        }
      }
      for (const link of shown.querySelectorAll('a')) {
        expect([link.target, link.rel]).toEqual(['_blank', 'noopener noreferrer']);
      }
      cleanup();
    }
  }
});
