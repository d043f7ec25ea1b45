// The fixture of the page tests: the built server, an HTTP provider and a real Chromium. It records what no page may do
// (violate its content security policy, throw, send requests to other hosts); `expectClean` expects none of it.
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

/** A running server, its provider, and a browser that connects to the server through a proxy. */
export interface PageFixture {
  readonly server: ServerProcess;
  readonly provider: Provider;
  readonly browser: Browser;
  readonly network: CuttingProxy;
  /** Opens a page in a new browser profile, signed in as `ada` by default. */
  open(options?: OpenOptions): Promise<Page>;
  /** Takes a page offline and closes its open connections. */
  goOffline(page: Page): Promise<void>;
  /** Closes the opened profiles, and expects that no page in them violated a rule. */
  expectClean(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `path` may be a full URL; `isSignedIn: false` opens the page without a token. */
interface OpenOptions extends BrowserContextOptions {
  readonly path?: string;
  readonly isSignedIn?: boolean;
  /** Another origin to which the page may send requests. */
  readonly allowedOrigin?: string;
}

/** Starts all of them. `env` adds settings to the server; `ai_api_url: undefined` selects the demo model. */
export async function openPageFixture(env: Record<string, string | undefined> = {}): Promise<PageFixture> {
  const provider = await startProvider();
  const limits = {
    starts_per_minute: '1000',
    max_streams_per_user: '1000',
    requests_per_minute: '1000000',
    anonymous_requests_per_minute: '1000000',
    max_connections_per_user: '10000',
    max_tickets_per_user: '10000',
  };
  const [server, browser] = await Promise.all([
    startServer({ env: { ai_api_url: provider.url, ...limits, ...env } }),
    launchBrowser(),
  ]);
  const network = await startProxy(server.url);
  const contexts = new Set<BrowserContext>();
  const violations: string[] = [];

  return {
    server,
    provider,
    browser,
    network,
    async open({ path = '/', isSignedIn = true, allowedOrigin = '', ...options } = {}) {
      // Animations cost a fifth of the CPU of all page tests; those that are about them turn them on.
      const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
      context.setDefaultTimeout(15_000);
      contexts.add(context);
      recordViolations(context, {
        origins: [network.url, `http://localhost:${server.port}`, allowedOrigin],
        violations,
      });
      const page = await context.newPage();
      const fragment = isSignedIn ? `#token=${await server.token()}` : '';
      await page.goto(new URL(path, network.url).href + fragment);
      return page;
    },
    async goOffline(page) {
      await page.context().setOffline(true); // blocks new connections but keeps open ones
      network.cut();
    },
    async expectClean() {
      const found = violations.splice(0);
      await Promise.all([...contexts].map((context) => context.close()));
      contexts.clear();
      expect(found).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await network.close();
      await server[Symbol.asyncDispose]();
      await provider.stop();
    },
  };
}

function recordViolations(
  context: BrowserContext,
  { origins, violations }: { origins: string[]; violations: string[] },
): void {
  context.on('request', (request) => {
    const url = request.url();
    if (!origins.includes(new URL(url).origin)) violations.push(`sent a request to ${url}`);
  });
  context.on('weberror', (error) => violations.push(`threw ${error.error().stack}`));
  context.on('console', (message) => {
    // The browser also logs failed requests as errors; they are expected in these tests.
    const isViolation = message.type() === 'error' && !message.text().startsWith('Failed to load resource');
    if (isViolation || /content security policy/i.test(message.text())) violations.push(`logged ${message.text()}`);
  });
}

/** Locators of the parts of a page, by their accessible names. */
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

/** Types a message and sends it with Enter. */
export async function send(page: Page, message = 'Hello'): Promise<void> {
  await parts.field(page).fill(message);
  await parts.field(page).press('Enter');
}

/** Waits until the last reply has the status. The status need not be visible: `done` has no text. */
export async function waitForStatus(page: Page, status: string): Promise<void> {
  const last = page.locator('.reply').last();
  await last.locator(`[data-testid=reply-status][data-status=${status}]`).waitFor({ state: 'attached' });
}

/** Waits until the last reply has at least `length` UTF-16 units, and returns its text. */
export async function waitForLength(page: Page, length: number): Promise<string> {
  await page.waitForFunction(
    (least) => ([...document.querySelectorAll('[data-testid=reply-text]')].at(-1)?.textContent ?? '').length >= least,
    length,
  );
  return textOf(parts.text(page));
}

/** The text of an element. */
export async function textOf(locator: Locator): Promise<string> {
  return (await locator.textContent()) ?? '';
}

/** Creates `count` different words, so that a lost or repeated word is detected: one paragraph without trailing space. */
export function makeWords(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => `${index === 0 ? '' : ' '}word${index}${['', 'é', '🌊'][index % 3]}`,
  );
}
