// The real client in Chromium, on a machine that goes offline and sleeps, and in pages that are frozen and hidden.
import { type CuttingProxy, launchBrowser, startProxy, until } from '@sillage/testing';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ControlledModel, controlModel } from './fixture/controlled-model.ts';
import { type Fixture, openFixture } from './fixture/fixture.ts';
import { openPageClient, type PageClient } from './fixture/page-client.ts';

const never = 3_600_000;

let browser: Browser;
let fixture: Fixture;
let proxy: CuttingProxy;
let context: BrowserContext;
let model: ControlledModel;
let requestsBefore: number;
beforeAll(async () => {
  [browser, fixture] = await Promise.all([launchBrowser(), openFixture()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), fixture[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  proxy = await startProxy(fixture.server.url);
  context = await browser.newContext();
  model = controlModel(fixture.provider);
  requestsBefore = fixture.provider.requests.length;
});
afterEach(async () => {
  await context.close();
  await proxy.close();
});

/** Opens a page that has received half of the reply. */
async function openMidReply(options: Partial<Parameters<typeof openPageClient>[1]> = {}): Promise<PageClient> {
  const client = await openPageClient(context, { origin: proxy.url, token: fixture.token, ...options });
  await client.start({ message: 'Hi' });
  model.send('Hel');
  await waitForText(client, 'Hel');
  return client;
}

const waitForText = (client: PageClient, text: string) => until(client, () => client.getState().text === text);
const waitForStatus = (client: PageClient, status: string) => until(client, () => client.getState().status === status);

async function expectComplete(client: PageClient): Promise<void> {
  await waitForStatus(client, 'ended');
  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(fixture.provider.requests.length - requestsBefore).toBe(1);
}

/** Retry delays so long that only a browser event triggers a reconnect. */
const noTimedRetry = { backoffMs: never, backoffMaxMs: never };

test('a browser that goes offline resumes at once when it is online again, and loses no text', async () => {
  const client = await openMidReply({ timings: noTimedRetry });

  await context.setOffline(true);
  proxy.cut();
  await waitForStatus(client, 'reconnecting');
  model.send('lo');
  model.end();
  await context.setOffline(false);

  await expectComplete(client);
});

test('staying offline for longer than all attempts is not an error', async () => {
  const client = await openMidReply({ timings: { backoffMs: 5, backoffMaxMs: 5, attempts: 2 } });
  let failed = 0;
  client.page.on('requestfailed', () => failed++);

  await context.setOffline(true);
  proxy.cut();
  await expect.poll(() => failed).toBeGreaterThan(5);
  expect(client.getState().status).toBe('reconnecting');
  model.send('lo');
  model.end();
  await context.setOffline(false);

  await expectComplete(client);
});

test('a page resumes at once when it becomes visible', async () => {
  const client = await openMidReply({ timings: noTimedRetry });
  const setHidden = (isHidden: boolean) =>
    client.page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  await setHidden(true);
  proxy.cut();
  await waitForStatus(client, 'reconnecting');
  model.send('lo');
  model.end();
  await setHidden(true);
  expect(proxy.openConnections).toBe(0); // a hidden page waits

  await setHidden(false);

  await expectComplete(client);
});

test('by default, a connection without a byte is given up after 45 s, and not after 40 s', async () => {
  const client = await openMidReply({ hasClock: true });
  proxy.pause();
  model.send('lo');

  await client.page.clock.runFor(40_000);
  const statusAfter40s = client.getState().status;
  await client.page.clock.runFor(6_000);
  await waitForStatus(client, 'reconnecting');
  await proxy.resume();
  model.end();
  await client.page.clock.runFor(1_000);

  await expectComplete(client);
  expect(statusAfter40s).toBe('live');
});

test('a client resumes after the machine slept for hours', async () => {
  const client = await openMidReply({ hasClock: true });
  proxy.pause(); // the server is unreachable, but the connection was not closed
  model.send('lo');
  model.end();

  await client.page.clock.fastForward('08:00:00');
  await waitForStatus(client, 'reconnecting');
  await proxy.resume();
  await client.page.clock.runFor(1_000);

  await expectComplete(client);
});

test('a frozen page whose connection was lost resumes when it becomes active', async () => {
  const client = await openMidReply({ timings: { backoffMs: 1, backoffMaxMs: 1 } });
  const devtools = await context.newCDPSession(client.page);

  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  proxy.cut();
  model.send('lo');
  model.end();
  await fixture.read(client.getState().streamId ?? '');
  const textWhileFrozen = client.getState().text;
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });

  await expectComplete(client);
  expect(textWhileFrozen).toBe('Hel');
});
