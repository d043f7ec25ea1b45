// Content of replies rendered by a real Chromium: formulas, allowed HTML, footnotes, right-to-left text and code.
import { readFileSync } from 'node:fs';
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { copy, type PageFixture, pageFixture, parts, send, textOf, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

/** Shows a reply in a conversation of its own, on a page of its own with `options`. */
async function show(text: string, options?: Parameters<PageFixture['open']>[0]): Promise<Page> {
  fixture.provider.respond(providerScripts.reply(text.match(/.{1,7}/gsu) ?? []));
  const page = options === undefined ? await fixture.begin() : await fixture.open(options);
  await parts.field(page).fill('Hello');
  await parts.field(page).press('Control+Enter'); // on touch, Enter breaks the line
  await waitForStatus(page, 'done');
  await page.locator('.markdown').waitFor();
  return page;
}

/** Shows the beginning of a reply that has not ended. */
async function showOpen(text: string): Promise<Page> {
  fixture.provider.respond(providerScripts.stallAfter([text]));
  const page = await fixture.begin();
  await send(page);
  await page.locator('.markdown').waitFor();
  return page;
}

test('all four forms of formulas are typeset with their fonts, and prices are not formulas', async () => {
  const page = await show(
    'Inline \\(a^2\\) and $b_1$, 公式$c$是, **$d$**.\n\n\\[\n\\frac{1}{2}\n\n\\]\n\n$$\ne = m\n$$\n\n- in \\(f\\)\n\n' +
      '| $g$ |\n|---|\n| \\(h\\) |\n\nIt costs $5 and $6, or US$7; `$i$` is code.',
  );
  await page.waitForFunction(() => document.querySelectorAll('.reply .katex').length === 9);

  const text = parts.text(page);
  expect(await text.locator('.katex-display').count()).toBe(2);
  expect(await text.locator('annotation').allTextContents()).toEqual(
    ['a^2', 'b_1', 'c', 'd', '\n\\frac{1}{2}\n\n', '\ne = m\n', 'f', 'g', 'h'].map((tex) => tex),
  );
  expect(await textOf(text)).toContain('It costs $5 and $6, or US$7; $i$ is code.');
  await page.waitForFunction(() =>
    [...document.fonts].some(({ family, status }) => family === 'KaTeX_Math' && status === 'loaded'),
  );
});

test('a formula that KaTeX cannot parse is shown as source, and runs nothing', async () => {
  const page = await show('\\(\\frac{\\) and \\(\\href{javascript:window.attacked=1}{x}\\) and $\\def\\a{\\a\\a}\\a$.');

  await parts.text(page).getByText('\\(\\frac{\\)').waitFor();
  expect(await parts.text(page).locator('a').count()).toBe(0);
});

test.each([
  ['2 ** 3', '2 ** 3'],
  ['A sum is $$', 'A sum is'],
  ['A word **', 'A word'],
  ['See \\(x^2', 'See'],
])('while it streams %s shows no stray marks', async (source, shown) => {
  const page = await showOpen(source);

  await page.waitForFunction(
    (text) => (document.querySelector('.reply .markdown')?.textContent ?? '').startsWith(text),
    shown,
  );
  expect((await textOf(parts.text(page))).replace('2 ** 3', '')).not.toMatch(/\*\*|\$\$|\\\(/);
});

test('allowed tags are rendered, and all other HTML stays text', async () => {
  const page = await show(
    'H<sub>2</sub>O, x<sup>2</sup>, <kbd>Ctrl</kbd>, one<br>two, <b onclick="x">bold</b>.\n\n' +
      '<details>\n<summary>More</summary>\n\nInside **it**.\n\n- 一\n\n</details>\n\nBehind.',
  );
  const text = parts.text(page);

  expect(await text.locator('sub').textContent()).toBe('2');
  expect(await text.locator('sup').textContent()).toBe('2');
  expect(await text.locator('kbd').textContent()).toBe('Ctrl');
  expect(await textOf(text)).toContain('<b onclick="x">bold</b>');
  expect(await text.getByText('Inside it.').isVisible()).toBe(false);
  await text.locator('summary').click();
  expect(await text.locator('details strong').textContent()).toBe('it');
  expect(await text.locator('details li').isVisible()).toBe(true);
  expect(await text.locator('details').getByText('Behind.').count()).toBe(0);
});

test('formulas, tasks, tables and code keep their form beside allowed tags', async () => {
  const page = await show(
    '<details open>\n<summary>More</summary>\n\nA formula $x^2$ and <kbd>K</kbd>.\n\n- [x] done\n- [ ] open\n\n' +
      '| a | b |\n|---|--:|\n| 1 | 2<br>二 |\n\n```ts\nconst a = 1;\n```\n\n3. three\n\n</details>',
  );
  const details = parts.text(page).locator('details');

  await details.locator('.katex').waitFor();
  expect(await details.locator('.task').evaluateAll((all) => all.map((one) => one.getAttribute('data-done')))).toEqual([
    'true',
    'false',
  ]);
  expect(await details.locator('td').last().getAttribute('data-align')).toBe('right');
  expect(await details.locator('td br').count()).toBe(1);
  expect(await textOf(details.locator('.code figcaption > span').first())).toBe('ts');
  expect(await details.locator('ol').getAttribute('start')).toBe('3');
});

test('underlined headings, nested lists and task lists have their form', async () => {
  const page = await show(
    'Title 标题\n=====\n\nPart\n----\n\n1. one\n   - inner\n     1. deep\n- [x] done\n- [ ] open\n',
  );
  const text = parts.text(page);

  expect(await text.getByRole('heading', { level: 2 }).textContent()).toBe('Title 标题');
  expect(await text.getByRole('heading', { level: 3 }).textContent()).toBe('Part');
  expect(await text.locator('ol > li > ul > li > ol > li').textContent()).toBe('deep');
  expect(await text.getByRole('img', { name: 'Done:' }).count()).toBe(1);
  expect(await text.getByRole('img', { name: 'To do:' }).count()).toBe(1);
});

test('text that is selected and copied does not contain the hosts of links', async () => {
  const page = await show('See [the docs](https://a.example/x) and [这里](https://b.example).');
  expect(await page.locator('.link-place').count()).toBe(2);

  const copied = await parts.text(page).evaluate((text) => {
    getSelection()?.selectAllChildren(text);
    return String(getSelection()).trim();
  });

  expect(copied.replaceAll(/\s+/g, ' ')).toBe('See the docs and 这里.');
});

test('footnote numbers are superscript in the text and in the footnotes', async () => {
  const page = await show('A claim.[^1] Another.[^2]\n\n[^1]: The source.\n\n[^2]: 出典。');

  expect(await parts.text(page).locator('sup').allTextContents()).toEqual(['1', '2', '1', '2']);
});

test('each block has its own text direction, and emphasis next to CJK punctuation works', async () => {
  const page = await show('שלום עולם.\n\nHello.\n\n- مرحبا\n- one\n\n**中文，**然后。');
  const text = parts.text(page);
  const directions = await text
    .locator('p, li')
    .evaluateAll((all) => all.map((one) => getComputedStyle(one).direction));

  expect(directions.slice(0, 4)).toEqual(['rtl', 'ltr', 'rtl', 'ltr']);
  await parts.field(page).fill('שלום עולם');
  const directionOf = (selector: string) =>
    page.locator(selector).evaluate((element) => getComputedStyle(element).direction);
  expect(await directionOf('.composer textarea')).toBe('rtl');
  await parts.field(page).press('Enter');
  await page.getByTestId('prompt').filter({ hasText: 'שלום' }).waitFor();
  expect(
    await page
      .locator('.prompt-text')
      .last()
      .evaluate((text) => getComputedStyle(text).direction),
  ).toBe('rtl');
  expect(await text.locator('strong').textContent()).toBe('中文，');
});

test('code gets its colours, also in languages that are loaded on demand', async () => {
  const languages = ['dockerfile', 'powershell', 'elixir', 'haskell', 'nix', 'ps1'];
  const code = '# let x = 1\nFROM node\nif ($true) { "x" }\nmodule X where\ndef f do\nend';
  const page = await show(languages.map((name) => `\`\`\`${name}\n${code}\n\`\`\`\n\n`).join(''));

  const blocks = page.locator('.code');
  expect(await blocks.count()).toBe(languages.length);
  for (const block of await blocks.all()) await block.locator('[class^=hljs-]').first().waitFor();
});

test('a button wraps code, and another downloads it unchanged', async () => {
  const code = `const long = '${'长 '.repeat(200)}';`;
  const page = await show(`\`\`\`typescript\n${code}\n\`\`\`\n`);

  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  expect(await page.locator('.code pre').evaluate((pre) => pre.scrollWidth <= pre.clientWidth)).toBe(true);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download code' }).click();

  const download = await saved;
  expect(download.suggestedFilename()).toBe('code.ts');
  expect(readFileSync((await download.path()) ?? '', 'utf8')).toBe(code);
});

test('Copy adds HTML to the text, without the hosts of links', async () => {
  const page = await show('# 标题\n\nSee [the docs](https://a.example/x), **now**: $x$.\n', {
    permissions: ['clipboard-read', 'clipboard-write'],
  });

  await copy(page, 'Copy reply');
  const copied = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    const read = async (type: string) => (await item?.getType(type))?.text();
    return { types: item?.types, html: await read('text/html'), text: await read('text/plain') };
  });

  expect(copied.types).toEqual(['text/plain', 'text/html']);
  expect(copied.html).toContain('<strong>now</strong>');
  expect(copied.html).toMatch(/<a href="https:\/\/a\.example\/x">the docs<\/a>/);
  expect(copied.html).not.toContain('a.example</');
  expect(copied.text).toContain('# 标题');
});

test('on a phone a table of three columns fits, and a wider one fades at its cut edge', async () => {
  const page = await show(
    '| One | Two | Three |\n|---|---|---|\n| some words here | more of them | and the last |\n\nText.\n\n' +
      `|${' wide column |'.repeat(12)}\n|${'---|'.repeat(12)}\n|${' x |'.repeat(12)}\n`,
    { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true },
  );
  const frames = page.locator('.table-frame');
  await page.getByRole('region', { name: 'Table' }).waitFor();

  expect(await frames.first().evaluate((frame) => frame.scrollWidth <= frame.clientWidth)).toBe(true);
  expect(await frames.last().evaluate((frame) => getComputedStyle(frame).maskImage)).toContain('linear-gradient');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
