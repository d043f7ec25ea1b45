// Whatever a reply holds, and whatever a browser lacks, the page stays: what cannot be drawn is shown as it was written.
import { providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPageStage, type PageStage, parts, reached, send, textOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const note = 'This part cannot be shown as formatted text. Its source:';

async function show(reply: string, page: Page): Promise<void> {
  stage.provider.answer(providerAnswers.reply(reply.match(/.{1,4000}/gsu) ?? []));
  await send(page);
  await reached(page, 'done');
}

test.each([
  ['800 lists in one line', `${'- '.repeat(800)}a`],
  ['1,500 quotes in one line', `${'>'.repeat(1_500)} a`],
  ['800 numbered lists in one line', `${'1. '.repeat(800)}a`],
  ['lists and quotes in turn', `${'> - '.repeat(400)}a`],
  [
    '100 lists, each in the one before',
    Array.from({ length: 60 }, (_, depth) => `${'  '.repeat(depth)}- 船 🚢`).join('\n'),
  ],
  ['a thousand emphases in one another', `${'*a **b '.repeat(500)}${'** c*'.repeat(500)}`],
  ['a table of 1,500 columns', `|${'a|'.repeat(1_500)}\n|${'-|'.repeat(1_500)}\n${'|\n'.repeat(200)}`],
])('%s are shown as their source, and the conversation goes on, also after a reload', async (_, hostile) => {
  const page = await stage.open();
  await show(`Before.\n\n${hostile}\n\nBehind.`, page);
  await show('The **next** reply.', page);

  for (const reload of [false, true]) {
    if (reload) await page.reload();
    await page.locator('.reply strong', { hasText: 'next' }).waitFor();
    const first = page.getByTestId('reply-text').first();
    await first.getByText(note).first().waitFor();
    expect(await textOf(first)).toContain(hostile.slice(0, 20));
    expect(await textOf(first)).toMatch(/^Before\..*Behind\.$/s);
  }
});

test.each([
  ['50,000 links that are never closed', '[a]('.repeat(50_000)],
  [
    '20,000 definitions',
    Array.from({ length: 20_000 }, (_, index) => `[l${index}]: https://a.example/${index}`).join('\n'),
  ],
  ['brackets in the fence of an item', `- \`\`\`\n${'  \\[\\[\\[\\[\\[\\[\n'.repeat(15_000)}`],
])('%s are drawn in a bounded time', async (_, hostile) => {
  const page = await stage.open();

  await show(`${hostile}\n\nBehind.`, page);

  await page.getByText('Behind.').waitFor({ timeout: 100_000 }); // on busy cores; quadratic it would be minutes on quiet ones
});

/** What a page lacks that came over plain HTTP from another machine. */
function insecure(): void {
  for (const [owner, name] of [
    [Crypto.prototype, 'randomUUID'],
    [Crypto.prototype, 'subtle'],
    [Navigator.prototype, 'clipboard'],
    [Navigator.prototype, 'locks'],
    [Navigator.prototype, 'serviceWorker'],
  ] as const) {
    Reflect.deleteProperty(owner, name);
  }
}

function withoutUrlParse(): void {
  Reflect.deleteProperty(URL, 'parse');
}

function withoutStorage(): void {
  for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, {
      get: () => {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    });
  }
}

test.each([
  ['that came over plain HTTP', insecure],
  ['without URL.parse', withoutUrlParse],
  ['whose storage is closed', withoutStorage],
])('a page %s signs in, streams, draws links and copies', async (_, lacking) => {
  const page = await stage.open({ isSignedIn: false, path: '/health/live' });
  await page.context().addInitScript(lacking);
  await page.goto(`${stage.network.url}/#token=${await stage.server.token()}`);

  await show('See [the docs](https://a.example/x), **now**.', page);

  expect(await parts.text(page).locator('a').getAttribute('href')).toBe('https://a.example/x');
  await page.getByRole('button', { name: 'Copy reply' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
});

test('a page that cannot be drawn at all says so, and leads on', async () => {
  const context = await stage.browser.newContext({ locale: 'en-GB' }); // not watched: React logs what was thrown
  await context.addInitScript(() => {
    Reflect.set(window, 'ResizeObserver', undefined);
  });
  const page = await context.newPage();
  await page.goto(`${stage.network.url}/#token=${await stage.server.token()}`);

  await page.getByRole('heading', { name: 'Something on this page went wrong' }).waitFor();

  expect(await page.getByRole('button', { name: 'Reload' }).isVisible()).toBe(true);
  await context.close();
});
