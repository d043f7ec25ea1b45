// Replies as a real Chromium draws them under the page's own policy: the hostile ones, too.

import { hostileMarkdown } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MarkdownPage, openMarkdownPage } from './markdown-page.ts';

let stage: MarkdownPage;
beforeAll(async () => {
  stage = await openMarkdownPage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Notes on the page whatever it may never do. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    addEventListener('securitypolicyviolation', (event) => seen.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
}

const seenOn = (page: Page) => page.evaluate(() => [Reflect.get(window, 'seen'), Reflect.get(window, 'attacked')]);

test('hostile replies run nothing, load nothing, and meet no policy to stop them', async () => {
  const asked: string[] = [];
  const whole = hostileMarkdown.map(([name, text]) => `## ${name}\n\n${text}\n\n`);
  // An unclosed fence or comment would hide what comes after it: each is a reply of its own, in pieces of a few words.
  for (const text of [whole.slice(0, 18).join(''), ...whole.slice(18)]) {
    const page = await stage.ask(text.match(/.{1,40}/gsu) ?? [], {
      before: (page) => {
        page.context().on('request', (request) => asked.push(new URL(request.url()).hostname));
        return watch(page);
      },
    });
    expect(await seenOn(page)).toEqual([[], undefined]);
    const links = await page
      .getByTestId('reply-text')
      .locator('a')
      .evaluateAll((all) => all.map((one) => one.outerHTML));
    for (const link of links)
      expect(link).toMatch(/ href="(?:https?:\/\/|mailto:).* target="_blank" rel="noopener noreferrer"/);
    expect(page.context().pages()).toHaveLength(1);
    await page.context().close();
  }
  expect(new Set(asked)).toEqual(new Set(['127.0.0.1']));
});

test('a picture is asked for only by a click, without saying where from', async () => {
  const page = await stage.ask(['![A map](https://maps.example/coast.png)'], { before: watch });
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
  expect(await seenOn(page)).toEqual([[], undefined]);
  await page.context().close();
});

test('the copy button copies the code, and nothing but the code', async () => {
  const code = 'const answer = 42;\n\nconsole.log("<b>" + answer);';
  const page = await stage.ask(['Look:\n\n```ts\n', `${code}\n`, '```\n\nThere.'], {
    permissions: ['clipboard-read', 'clipboard-write'],
  });

  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
  await page.context().close();
});

test('code and tables that are too wide scroll by keyboard, and never widen the page', async () => {
  const wide = `| ${'wide cell | '.repeat(20)}\n| ${'--- | '.repeat(20)}\n| ${'x | '.repeat(20)}\n`;
  const page = await stage.ask(
    [`\`\`\`ts\nconst a = '${'long '.repeat(100)}';\n\`\`\`\n\n\`\`\`\nshort\n\`\`\`\n\n${wide}`],
    {
      viewport: { width: 360, height: 800 },
    },
  );
  const table = page.getByRole('region', { name: 'Table' });
  await table.waitFor();

  await table.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => (document.querySelector('.table-frame')?.scrollLeft ?? 0) > 0);

  expect(await page.locator('pre').evaluateAll((all) => all.map((one) => one.tabIndex))).toEqual([0, -1]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await page.context().close();
});
