// A page that shows what a provider says, for the tests of how a reply is drawn.
import { launchBrowser, type Provider, providerAnswers, startProvider, startServer } from '@sillage/testing';
import type { BrowserContextOptions, Page } from 'playwright-core';

/** Is a built server with a provider behind it, and a browser in front. */
export interface MarkdownPage {
  readonly provider: Provider;
  /** Opens the page and asks once; resolves when the reply has ended. `before` runs before the page itself does. */
  ask(reply: readonly string[], options?: AskOptions): Promise<Page>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface AskOptions extends BrowserContextOptions {
  readonly paceMs?: number;
  readonly before?: (page: Page) => Promise<unknown>;
}

/** Starts all three. */
export async function openMarkdownPage(): Promise<MarkdownPage> {
  const provider = await startProvider();
  const env = { ai_api_url: provider.url, starts_per_minute: '1000' };
  const [server, browser] = await Promise.all([startServer({ env }), launchBrowser()]);
  return {
    provider,
    async ask(reply, { paceMs, before, ...options } = {}) {
      provider.answer(providerAnswers.reply(reply, paceMs === undefined ? {} : { paceMs }));
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      const page = await context.newPage();
      await before?.(page);
      await page.goto(`${server.url}/#token=${await server.token()}`);
      const field = page.getByRole('textbox', { name: 'Message' });
      await field.fill('Hello');
      await field.press('Enter');
      await page.locator('[data-testid=reply-status][data-status=done]').waitFor({ state: 'attached' });
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
      await provider.stop();
    },
  };
}
