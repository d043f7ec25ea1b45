// The stage of the page's tests: the built server with a provider behind it, and a real Chromium in front. What no page
// may ever do (break its own policy, throw, ask a foreign host) is watched on every page, and asked for by `expectClean`.
import {
  type CuttingProxy,
  launchBrowser,
  type Provider,
  type ServerProcess,
  startProvider,
  startProxy,
  startServer,
} from '@sillage/testing';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Is a running server, the provider that it asks, and a browser that reaches it by a network of our own. */
export interface PageStage {
  readonly server: ServerProcess;
  readonly provider: Provider;
  readonly browser: Browser;
  readonly network: CuttingProxy;
  /** Opens a page in a fresh browser profile, signed in as `ada` unless told otherwise. */
  open(options?: OpenOptions): Promise<Page>;
  /** Takes the network away from a page, with its open connections. */
  goOffline(page: Page): Promise<void>;
  /** Closes the profiles that were opened, and expects nothing of what is watched to have happened in them. */
  expectClean(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `path` may be a whole address; `isSignedIn: false` opens the page without a token. */
interface OpenOptions extends BrowserContextOptions {
  readonly path?: string;
  readonly isSignedIn?: boolean;
  /** Names a foreign origin that the page may ask. */
  readonly guest?: string;
}

/** Starts all three. `env` adds settings to the server; `ai_api_url: undefined` leaves it to the demo model. */
export async function openPageStage(env: Record<string, string | undefined> = {}): Promise<PageStage> {
  const provider = await startProvider();
  const limits = {
    starts_per_minute: '1000',
    max_streams_per_user: '1000',
    requests_per_minute: '1000000',
    max_connections_per_user: '10000',
    max_tickets_per_user: '10000',
  };
  const [server, browser] = await Promise.all([
    startServer({ env: { ai_api_url: provider.url, ...limits, ...env } }),
    launchBrowser(),
  ]);
  const network = await startProxy(server.url);
  const contexts = new Set<BrowserContext>();
  const faults: string[] = [];

  return {
    server,
    provider,
    browser,
    network,
    async open({ path = '/', isSignedIn = true, guest = '', ...options } = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      context.setDefaultTimeout(15_000);
      contexts.add(context);
      watch(context, { origins: [network.url, `http://localhost:${server.port}`, guest], faults });
      const page = await context.newPage();
      const fragment = isSignedIn ? `#token=${await server.token()}` : '';
      await page.goto(new URL(path, network.url).href + fragment);
      return page;
    },
    async goOffline(page) {
      await page.context().setOffline(true); // refuses what is new, and leaves what is open
      network.cut();
    },
    async expectClean() {
      const seen = faults.splice(0);
      await Promise.all([...contexts].map((context) => context.close()));
      contexts.clear();
      expect(seen).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await network.close();
      await server[Symbol.asyncDispose]();
      await provider.stop();
    },
  };
}

function watch(context: BrowserContext, { origins, faults }: { origins: string[]; faults: string[] }): void {
  context.on('request', (request) => {
    const url = request.url();
    if (!origins.includes(new URL(url).origin)) faults.push(`asked for ${url}`);
  });
  context.on('weberror', (error) => faults.push(`threw ${error.error().stack}`));
  context.on('console', (message) => {
    // What the network does (offline, a refusal) is logged as an error, too; that is no fault of the page.
    const isFault = message.type() === 'error' && !message.text().startsWith('Failed to load resource');
    if (isFault || /content security policy/i.test(message.text())) faults.push(`logged ${message.text()}`);
  });
}

/** Finds the parts of a page by what a person calls them. */
export const parts = {
  field: (page: Page) => page.getByRole('textbox', { name: 'Message' }),
  sendButton: (page: Page) => page.getByRole('button', { name: 'Send message' }),
  stopButton: (page: Page) => page.getByRole('button', { name: 'Stop the reply' }),
  /** The last reply. */
  text: (page: Page) => page.getByTestId('reply-text').last(),
  status: (page: Page) => page.getByTestId('reply-status').last(),
  failure: (page: Page) => page.getByTestId('failure').last(),
  retry: (page: Page) => page.getByRole('button', { name: 'Retry' }),
} as const;

/** Writes a message and sends it by Enter. */
export async function send(page: Page, message = 'Hello'): Promise<void> {
  await parts.field(page).fill(message);
  await parts.field(page).press('Enter');
}

/** Waits until the last reply has the status; it is not always visible, as `done` has no words. */
export async function reached(page: Page, status: string): Promise<void> {
  const last = page.locator('.reply').last();
  await last.locator(`[data-testid=reply-status][data-status=${status}]`).waitFor({ state: 'attached' });
}

/** Waits until the last reply is at least so long, and gives its text. */
export async function grown(page: Page, length: number): Promise<string> {
  await page.waitForFunction(
    (least) => ([...document.querySelectorAll('[data-testid=reply-text]')].at(-1)?.textContent ?? '').length >= least,
    length,
  );
  return textOf(parts.text(page));
}

/** Reads the text of an element. */
export async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}

/** Makes `count` words, each one different, so that one lost or repeated shows; one paragraph, with no space at its end. */
export function wordsOf(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${index === 0 ? '' : ' '}word${index}${['', 'é', '🌊'][index % 3]}`,
  );
}
