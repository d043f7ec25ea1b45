// Markdown replies rendered by a real Chromium under the page's content security policy, including hostile ones.

import { hostileMarkdown, providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { copy, type PageFixture, pageFixture, parts, send, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture(); // no policy violation, no request to another host

/** Shows this reply, on a page of its own with `options`. */
async function show(reply: readonly string[], options?: Parameters<PageFixture['open']>[0]): Promise<Page> {
  fixture.provider.respond(providerScripts.reply(reply));
  const page = options === undefined ? await fixture.begin() : await fixture.open(options);
  await send(page);
  await waitForStatus(page, 'done');
  return page;
}

test('hostile replies run and load nothing, and are sanitised before the content security policy applies', async () => {
  const whole = hostileMarkdown.map(([name, text]) => `## ${name}\n\n${text}\n\n`);
  // An unclosed fence or comment would hide the text after it, so each gets a separate reply, in deltas of a few words.
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

test('an image is loaded only on a click, without a referrer', async () => {
  const page = await show(['![A map](https://maps.example/coast.png)'], { allowedOrigin: 'https://maps.example' });
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

test('the copy button copies only the code', async () => {
  const code = 'const answer = 42;\n\nconsole.log("<b>" + answer);';
  const page = await show(['Look:\n\n```ts\n', `${code}\n`, '```\n\nThere.'], {
    permissions: ['clipboard-read', 'clipboard-write'],
  });

  await copy(page, 'Copy code');

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(code);
});

test('wide code and tables can be scrolled by keyboard, and do not widen the page', async () => {
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

test('list numbering continues after a long item and across blocks', async () => {
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
