// Replies as a real Chromium draws them under the page's own policy: the hostile ones, too.

import { hostileMarkdown, providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPageStage, type PageStage, parts, reached, send } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean()); // that no policy was broken, and nobody else asked for anything
afterAll(() => stage[Symbol.asyncDispose]());

/** Opens the page, and shows the reply of a provider that says this. */
async function show(reply: readonly string[], options: Parameters<PageStage['open']>[0] = {}): Promise<Page> {
  stage.provider.answer(providerAnswers.reply(reply));
  const page = await stage.open(options);
  await send(page);
  await reached(page, 'done');
  return page;
}

test('hostile replies run nothing, load nothing, and meet no policy to stop them', async () => {
  const whole = hostileMarkdown.map(([name, text]) => `## ${name}\n\n${text}\n\n`);
  // An unclosed fence or comment would hide what comes after it: each is a reply of its own, in pieces of a few words.
  for (const text of [whole.slice(0, 18).join(''), ...whole.slice(18)]) {
    const page = await show(text.match(/.{1,40}/gsu) ?? []);
    expect(await page.evaluate(() => Reflect.get(window, 'attacked'))).toBeUndefined();
    const links = await parts
      .text(page)
      .locator('a')
      .evaluateAll((all) => all.map((one) => one.outerHTML));
    for (const link of links)
      expect(link).toMatch(/ href="(?:https?:\/\/|mailto:).* target="_blank" rel="noopener noreferrer"/);
    expect(page.context().pages()).toHaveLength(1);
  }
});

test('a picture is asked for only by a click, without saying where from', async () => {
  const page = await show(['![A map](https://maps.example/coast.png)'], { guest: 'https://maps.example' });
  const sent: (string | undefined)[] = [];
  await page.route('https://maps.example/**', (route) => {
    sent.push(route.request().headers().referer);
    const body = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
      'base64',
    );
    return route.fulfill({ contentType: 'image/png', body });
  });
  expect(sent).toEqual([]);

  await page.getByRole('button', { name: 'Show picture from maps.example' }).click();
  await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.reply img')?.naturalWidth === 1);

  expect(sent).toEqual([undefined]);
});

test('the copy button copies the code, and nothing but the code', async () => {
  const code = 'const answer = 42;\n\nconsole.log("<b>" + answer);';
  const page = await show(['Look:\n\n```ts\n', `${code}\n`, '```\n\nThere.'], {
    permissions: ['clipboard-read', 'clipboard-write'],
  });

  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
});

test('code and tables that are too wide scroll by keyboard, and never widen the page', async () => {
  const wide = `| ${'wide cell | '.repeat(20)}\n| ${'--- | '.repeat(20)}\n| ${'x | '.repeat(20)}\n`;
  const page = await show(
    [`\`\`\`ts\nconst a = '${'long '.repeat(100)}';\n\`\`\`\n\n\`\`\`\nshort\n\`\`\`\n\n${wide}`],
    { viewport: { width: 360, height: 800 } },
  );
  const table = page.getByRole('region', { name: 'Table' });
  await table.waitFor();

  await table.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => (document.querySelector('.table-frame')?.scrollLeft ?? 0) > 0);

  expect(await page.locator('pre').evaluateAll((all) => all.map((one) => one.tabIndex))).toEqual([0, -1]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});

test('the items of a list are numbered on, behind one that is long, and where the list is', async () => {
  const items = Array.from({ length: 130 }, (_, index) => `${index + 2}. item ${index + 2}\n`);
  const page = await show([`1. ${'more words\n   '.repeat(500)}\n`, ...items]);
  await page.getByText('item 131', { exact: true }).waitFor();

  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  const numbers = nodes
    .filter(({ role }) => role?.value === 'ListMarker')
    .map(({ name }) => Number.parseInt(name?.value, 10));

  expect(numbers).toEqual(Array.from({ length: 131 }, (_, index) => index + 1));
});
