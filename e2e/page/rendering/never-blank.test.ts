// The page never goes blank, whatever a reply contains and whatever a browser lacks: text that cannot be rendered is shown as
// source.
import { providerScripts, shortOrFull, someOrAll } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { copy, pageFixture, parts, send, textOf, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const note = 'This part cannot be shown as formatted text. Its source:';

async function show(reply: string, page: Page): Promise<void> {
  fixture.provider.respond(providerScripts.reply(reply.match(/.{1,4000}/gsu) ?? []));
  await send(page);
  await waitForStatus(page, 'done');
}

test.each(
  someOrAll([
    ['800 lists in one line', `${'- '.repeat(800)}a`],
    ['1,500 quotes in one line', `${'>'.repeat(1_500)} a`],
    ['800 numbered lists in one line', `${'1. '.repeat(800)}a`],
    ['lists and quotes in turn', `${'> - '.repeat(400)}a`],
    ['deeply nested lists', Array.from({ length: 60 }, (_, depth) => `${'  '.repeat(depth)}- 船 🚢`).join('\n')],
    ['a thousand nested emphases', `${'*a **b '.repeat(500)}${'** c*'.repeat(500)}`],
    ['a table of 1,500 columns', `|${'a|'.repeat(1_500)}\n|${'-|'.repeat(1_500)}\n${'|\n'.repeat(200)}`],
  ]),
)('%s: the source is shown, and the conversation continues, also after a reload', async (_, hostile) => {
  const page = await fixture.begin();
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

/** Quadratic time would take minutes, also with the smaller one. */
const times = shortOrFull({ short: 4_000, full: 10_000 });

test.each([
  ['links that are never closed', '[a]('.repeat(times * 5)],
  [
    'definitions',
    Array.from({ length: times * 2 }, (_, index) => `[l${index}]: https://a.example/${index}`).join('\n'),
  ],
  ['brackets in the fence of an item', `- \`\`\`\n${'  \\[\\[\\[\\[\\[\\[\n'.repeat(times)}`],
])(
  '%s are rendered in a bounded time',
  async (_, hostile) => {
    const page = await fixture.begin();

    await show(`${hostile}\n\nBehind.`, page);

    await page.getByText('Behind.').waitFor({ timeout: 100_000 }); // allows for busy cores
  },
  120_000,
);

/** Removes the APIs that a page from another machine over plain HTTP does not have. */
function withoutSecureContext(): void {
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
  ['loaded over plain HTTP', withoutSecureContext],
  ['without URL.parse', withoutUrlParse],
  ['without access to storage', withoutStorage],
])('a page %s signs in, streams, renders links and copies', async (_, removeApis) => {
  const page = await fixture.open({ isSignedIn: false, path: '/health/live' });
  await page.context().addInitScript(removeApis);
  await page.goto(`${fixture.network.url}/#token=${await fixture.server.token()}`);

  await show('See [the docs](https://a.example/x), **now**.', page);

  expect(await parts.text(page).locator('a').getAttribute('href')).toBe('https://a.example/x');
  await copy(page, 'Copy reply');
});

test('a page that cannot be rendered at all shows an error and a reload button', async () => {
  const context = await fixture.browser.newContext({ locale: 'en-GB' }); // without checks: React logs the error
  await context.addInitScript(() => {
    Reflect.set(window, 'ResizeObserver', undefined);
  });
  const page = await context.newPage();
  await page.goto(`${fixture.network.url}/#token=${await fixture.server.token()}`);

  await page.getByRole('heading', { name: 'Something on this page went wrong' }).waitFor();

  expect(await page.getByRole('button', { name: 'Reload' }).isVisible()).toBe(true);
  await context.close();
});

test('a reply that cannot be rendered shows its source, and the rest of the conversation', async () => {
  const context = await fixture.browser.newContext({ locale: 'en-GB' }); // without checks: React logs the error
  await context.addInitScript(() => {
    const create = Document.prototype.createElement;
    Document.prototype.createElement = function (this: Document, name: string) {
      if (name === 'table') throw new Error('This browser has no tables');
      return create.call(this, name);
    } as typeof create;
  });
  const page = await context.newPage();
  await page.goto(`${fixture.network.url}/#token=${await fixture.server.token()}`);
  const table = '| a | b |\n|---|---|\n| 1 | 2 |';

  fixture.provider.respond(providerScripts.reply([table]));
  await send(page);
  await page.getByText(note.split('.')[0] ?? '').waitFor();
  const source = await textOf(page.locator('.as-written'));
  await show('The next reply.', page);

  expect(source).toBe(table);
  expect(await textOf(parts.text(page))).toBe('The next reply.');
  await context.close();
});
