// The product's own client in Chromium, on a machine that goes offline, sleeps, freezes pages and hides them.
import { type CuttingProxy, launchBrowser, startProxy, until } from '@sillage/testing';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Dictation, dictate } from './dictation.ts';
import { openPageClient, type PageClient } from './page-client.ts';
import { openStage, type Stage } from './support.ts';

const never = 3_600_000;

let browser: Browser;
let stage: Stage;
let proxy: CuttingProxy;
let context: BrowserContext;
let model: Dictation;
let asked: number;
beforeAll(async () => {
  [browser, stage] = await Promise.all([launchBrowser(), openStage()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), stage[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  proxy = await startProxy(stage.server.url);
  context = await browser.newContext();
  model = dictate(stage.provider);
  asked = stage.provider.requests.length;
});
afterEach(async () => {
  await context.close();
  await proxy.close();
});

/** Opens a page in which half of the reply is shown. */
async function openHalfway(options: Partial<Parameters<typeof openPageClient>[1]> = {}): Promise<PageClient> {
  const client = await openPageClient(context, { origin: proxy.url, token: stage.token, ...options });
  await client.start({ message: 'Hi' });
  model.say('Hel');
  await shows(client, 'Hel');
  return client;
}

const shows = (client: PageClient, text: string) => until(client, () => client.getState().text === text);
const is = (client: PageClient, status: string) => until(client, () => client.getState().status === status);

async function expectWhole(client: PageClient): Promise<void> {
  await is(client, 'ended');
  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(stage.provider.requests.length - asked).toBe(1);
}

/** Waits for ever unless something wakes it. */
const sleepy = { backoffMs: never, backoffMaxMs: never };

test('a browser that goes offline resumes at once when it is online again, and misses nothing', async () => {
  const client = await openHalfway({ timings: sleepy });

  await context.setOffline(true);
  proxy.cut();
  await is(client, 'reconnecting');
  model.say('lo');
  model.end();
  await context.setOffline(false);

  await expectWhole(client);
});

test('a stay offline that outlasts every attempt is no error', async () => {
  const client = await openHalfway({ timings: { backoffMs: 5, backoffMaxMs: 5, attempts: 2 } });
  let failed = 0;
  client.page.on('requestfailed', () => failed++);

  await context.setOffline(true);
  proxy.cut();
  await expect.poll(() => failed, { timeout: 10_000 }).toBeGreaterThan(5);
  expect(client.getState().status).toBe('reconnecting');
  model.say('lo');
  model.end();
  await context.setOffline(false);

  await expectWhole(client);
});

test('a page that is looked at again resumes at once', async () => {
  const client = await openHalfway({ timings: sleepy });
  const turn = (isHidden: boolean) =>
    client.page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, isHidden);
  await turn(true);
  proxy.cut();
  await is(client, 'reconnecting');
  model.say('lo');
  model.end();
  await turn(true);
  expect(proxy.openConnections).toBe(0); // hidden, it waits

  await turn(false);

  await expectWhole(client);
});

test('45 s without a byte are the end of a connection, 40 are not: the defaults, by the clock of the page', async () => {
  const client = await openHalfway({ hasClock: true });
  proxy.pause();
  model.say('lo');

  await client.page.clock.runFor(40_000);
  const early = client.getState().status;
  await client.page.clock.runFor(6_000);
  await is(client, 'reconnecting');
  await proxy.resume();
  model.end();
  await client.page.clock.runFor(1_000);

  await expectWhole(client);
  expect(early).toBe('live');
});

test('a laptop that slept for hours resumes on waking', async () => {
  const client = await openHalfway({ hasClock: true });
  proxy.pause(); // the other side is gone, and nobody said so
  model.say('lo');
  model.end();

  await client.page.clock.fastForward('08:00:00');
  await is(client, 'reconnecting');
  await proxy.resume();
  await client.page.clock.runFor(1_000);

  await expectWhole(client);
});

test('a page that the browser froze, and whose connection died meanwhile, goes on when it thaws', async () => {
  const client = await openHalfway({ timings: { backoffMs: 1, backoffMaxMs: 1 } });
  const devtools = await context.newCDPSession(client.page);

  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  proxy.cut();
  model.say('lo');
  model.end();
  await stage.read(client.getState().streamId ?? '');
  const frozen = client.getState().text;
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });

  await expectWhole(client);
  expect(frozen).toBe('Hel');
});
