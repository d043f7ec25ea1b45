// What a person sets for a conversation, and sees on every device: that it is pinned.
import { providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPageFixture, type PageFixture, waitForStatus } from './support.ts';

let fixture: PageFixture;
beforeAll(async () => {
  fixture = await openPageFixture({ ai_titles: 'false' }); // the title is then the first message
  fixture.provider.answer(providerAnswers.reply(['潮汐 🌊']));
});
afterEach(() => fixture.expectClean());
afterAll(() => fixture[Symbol.asyncDispose]());

/** Opens the page as a user that only this test uses, so that the list is empty. */
async function openAs(user: string, options: Parameters<PageFixture['open']>[0] = {}): Promise<Page> {
  return fixture.open({ ...options, isSignedIn: false, path: `/#token=${await fixture.server.token(user)}` });
}

/** Sends a request of another device. */
async function request(user: string, method: string, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${await fixture.server.token(user)}`, 'content-type': 'application/json' };
  const response = await fetch(`${fixture.server.url}/api/ai-chat/${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.anything()]);
}

/** Stores conversations, the last one newest. */
async function store(user: string, titles: readonly string[]): Promise<void> {
  for (const title of titles) await request(user, 'POST', 'stream', { message: title, sessionId: title });
}

const rows = (page: Page) => page.locator('.row-title').allTextContents();
const headings = (page: Page) => page.locator('.day h2').allTextContents();
const row = (page: Page, title: string) => page.locator('.row', { hasText: title });
/** The section of the pinned conversations. */
const pinned = (page: Page, heading = 'Pinned') =>
  page.locator('.day', { has: page.getByRole('heading', { name: heading }) });

test('a conversation pinned with the mouse is first in every browser, also after a reload, until it is unpinned', async () => {
  await store('pin-mouse', ['Old 潮', 'Middle', 'New']);
  const page = await openAs('pin-mouse');
  const other = await openAs('pin-mouse');
  await row(other, 'Old 潮').waitFor();

  await row(page, 'Old 潮').hover();
  await row(page, 'Old 潮').getByRole('button', { name: 'Options for “Old 潮”' }).click();
  await page.getByRole('menuitem', { name: 'Pin', exact: true }).click();

  await pinned(page).getByText('Old 潮').waitFor();
  await pinned(other).getByText('Old 潮').waitFor();
  expect(await rows(other)).toEqual(['Old 潮', 'New', 'Middle']);
  await page.reload();
  await pinned(page).getByText('Old 潮').waitFor();
  expect(await headings(page)).toEqual(['Pinned', 'Today']);

  await row(other, 'Old 潮').click();
  await other.locator('.topbar').getByText('Pinned conversation').waitFor({ state: 'attached' });
  await other.locator('.topbar').getByRole('button', { name: 'Options for “Old 潮”' }).click();
  await other.getByRole('menuitem', { name: 'Unpin' }).click();
  await pinned(page).waitFor({ state: 'detached' });
  expect(await rows(page)).toEqual(['New', 'Middle', 'Old 潮']);
});

test('pinning by keyboard keeps the focus on the row that moves', async () => {
  await store('pin-keys', ['First', 'Second']);
  const page = await openAs('pin-keys');
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  const choose = async (item: string) => {
    await row(page, 'First').getByRole('link').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: item, exact: true }).focus();
    await page.keyboard.press('Enter');
  };

  await choose('Pin');
  await pinned(page).waitFor();
  await expect.poll(focused).toBe('First');
  expect(await rows(page)).toEqual(['First', 'Second']);

  await choose('Unpin');
  await pinned(page).waitFor({ state: 'detached' });
  await expect.poll(focused).toBe('First');
  expect(await rows(page)).toEqual(['Second', 'First']);
});

test('on a French phone, the open conversation is pinned by touch', async () => {
  const viewport = { width: 375, height: 720 };
  const page = await openAs('pin-touch', { locale: 'fr-FR', viewport, hasTouch: true, isMobile: true });
  await page.getByRole('textbox', { name: 'Message' }).fill('Marée 🌊');
  await page.getByRole('button', { name: 'Envoyer le message' }).tap();
  await waitForStatus(page, 'done');

  await page.getByRole('button', { name: /^Options de « Marée 🌊 »/ }).tap();
  await page.getByRole('menuitem', { name: 'Épingler', exact: true }).tap();
  await page.locator('.topbar').getByText('Conversation épinglée').waitFor({ state: 'attached' });
  await page.getByRole('button', { name: 'Afficher les conversations' }).tap();

  await pinned(page, 'Épinglées').getByText('Marée 🌊').waitFor();
});

test('a pinned conversation older than a page of the list is on the first page, and only there', async () => {
  const titles = Array.from({ length: 60 }, (_, index) => `Number ${String(index).padStart(2, '0')}`);
  await store('pin-pages', titles);
  const page = await openAs('pin-pages');
  await row(page, 'Number 59').waitFor();
  await request('pin-pages', 'PATCH', 'sessions/Number%2000', { pinned: true });
  await pinned(page).getByText('Number 00').waitFor(); // by the feed, though its page is not loaded

  await page.reload();
  await pinned(page).getByText('Number 00').waitFor();
  await page.locator('.rows').evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await row(page, 'Number 01').waitFor();

  const shown = await rows(page);
  expect(shown).toHaveLength(60);
  expect(new Set(shown).size).toBe(60);
  expect(shown.slice(0, 2)).toEqual(['Number 00', 'Number 59']);
});

test('a pin that the server refuses is taken back, and says so', async () => {
  await store('pin-refused', ['One', 'Two']);
  const page = await openAs('pin-refused');
  await page.route('**/sessions/One', (route) =>
    route.fulfill({ status: 503, body: '{"error":"No","code":"storage"}' }),
  );
  await row(page, 'One').hover();
  await row(page, 'One').getByRole('button', { name: 'Options for “One”' }).click();
  await page.getByRole('menuitem', { name: 'Pin', exact: true }).click();

  await page.getByText('The pin could not be changed.').waitFor();
  expect(await rows(page)).toEqual(['Two', 'One']);
});
