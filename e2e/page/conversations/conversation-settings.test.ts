// A person's settings of a conversation, the same on every device: its pin, model, temperature and instructions; and links to
// its messages.
import type { SessionResponse } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { pageFixture, send, textOf, waitForStatus } from '../fixture/support.ts';

// The title is then the first message.
const fixture = pageFixture({ ai_titles: 'false', ai_model: 'quick', ai_models: 'quick,thorough' });
beforeAll(() => fixture.provider.respond(providerScripts.reply(['潮汐 🌊'])));

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
  const page = await fixture.open({ user: 'pin-mouse' });
  const other = await fixture.open({ user: 'pin-mouse' });
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
  const page = await fixture.open({ user: 'pin-keys' });
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
  const page = await fixture.open({ user: 'pin-touch', locale: 'fr-FR', viewport, hasTouch: true, isMobile: true });
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
  const page = await fixture.open({ user: 'pin-pages' });
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
  const page = await fixture.open({ user: 'pin-refused' });
  await page.route('**/sessions/One', (route) =>
    route.fulfill({ status: 503, body: '{"error":"No","code":"storage"}' }),
  );
  await row(page, 'One').hover();
  await row(page, 'One').getByRole('button', { name: 'Options for “One”' }).click();
  await page.getByRole('menuitem', { name: 'Pin', exact: true }).click();

  await page.getByText('The pin could not be changed.').waitFor();
  expect(await rows(page)).toEqual(['Two', 'One']);
});

const openSettings = (page: Page) => page.getByRole('button', { name: /^Settings of this conversation/ }).click();
const temperature = (page: Page) => page.getByRole('spinbutton', { name: 'Temperature' });
const instructions = (page: Page) => page.getByRole('textbox', { name: 'Instructions' });
const lastRequest = () => fixture.provider.requests.at(-1)?.body;

test('settings of a new conversation are used by its first reply, shown with it, and kept for every device', async () => {
  const page = await fixture.open({ user: 'own-new' });
  await openSettings(page);
  await page.getByRole('dialog').getByRole('combobox', { name: 'Model' }).selectOption('thorough');
  await temperature(page).fill('0.3');
  await instructions(page).fill('Réponds en 中文 🌊.');
  await page.getByRole('button', { name: 'Save' }).click();
  await send(page, 'Bonjour');
  await waitForStatus(page, 'done');

  expect(lastRequest()).toMatchObject({
    model: 'thorough',
    temperature: 0.3,
    messages: [{ role: 'system', content: 'Réponds en 中文 🌊.' }, { role: 'user' }],
  });
  await page.getByRole('button', { name: 'Details of this reply' }).click();
  expect(await textOf(page.getByTestId('details'))).toMatch(
    /thorough.*Temperature0.3.*InstructionsRéponds en 中文 🌊\./,
  );

  await page.waitForFunction(() => Object.keys(localStorage).every((key) => !key.startsWith('sillage.settings.')));
  const other = await fixture.open({
    isSignedIn: false,
    path: `${new URL(page.url()).pathname}#token=${await fixture.server.token('own-new')}`,
  });
  await other.getByText('潮汐 🌊').waitFor();
  await other.getByRole('button', { name: 'Settings of this conversation (changed)' }).click();
  expect(await temperature(other).inputValue()).toBe('0.3');
  expect(await instructions(other).inputValue()).toBe('Réponds en 中文 🌊.');
  expect(await other.getByRole('dialog').getByRole('combobox').inputValue()).toBe('thorough');

  await temperature(other).fill('');
  await instructions(other).fill('Anders.');
  await other.getByRole('button', { name: 'Save' }).click();
  await page.bringToFront();
  await expect.poll(() => storedSettings('own-new', page)).toEqual({ model: 'thorough', systemPrompt: 'Anders.' });
  await page.getByRole('button', { name: 'Regenerate' }).click();
  await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
  expect(lastRequest()).toMatchObject({ model: 'thorough', messages: [{ content: 'Anders.' }, {}] });
  expect(lastRequest()).not.toHaveProperty('temperature');
});

/** Reads the settings that the server has stored for the conversation of a page. */
async function storedSettings(user: string, page: Page): Promise<unknown> {
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const headers = { authorization: `Bearer ${await fixture.server.token(user)}` };
  const response = await fetch(`${fixture.server.url}/api/ai-chat/sessions/${id}`, { headers });
  return ((await response.json()) as SessionResponse).settings;
}

test('settings that cannot be stored yet are used by the replies, and stored after a reload', async () => {
  const page = await fixture.open({ user: 'own-later' });
  await send(page, 'One');
  await waitForStatus(page, 'done');
  await page.route('**/api/ai-chat/sessions/*', (route) =>
    route.request().method() === 'PATCH' ? route.abort() : route.fallback(),
  );

  await openSettings(page);
  await temperature(page).fill('0.7');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Regenerate' }).click();
  await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
  expect(lastRequest()).toMatchObject({ temperature: 0.7 });
  expect(await storedSettings('own-later', page)).toBeUndefined();

  await page.unroute('**/api/ai-chat/sessions/*');
  await page.reload();
  await expect.poll(() => storedSettings('own-later', page)).toEqual({ temperature: 0.7 });
});

test('the settings refuse what the server does not allow', async () => {
  const page = await fixture.open({ user: 'own-limits' });
  await openSettings(page);
  await temperature(page).fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await temperature(page).evaluate((input: HTMLInputElement) => input.validity.rangeOverflow)).toBe(true);
  await temperature(page).fill('1');
  await instructions(page).fill('潮'.repeat(8_001));
  await page.getByText('8,001 of at most 8,000 characters. Shorten the instructions.').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  expect(await page.getByRole('dialog').count()).toBe(1);
  await instructions(page).fill('潮'.repeat(8_000));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('the link of a message is copied, its copying is announced, and it opens the conversation at that message', async () => {
  await store('link', ['Begin']);
  for (let turn = 0; turn < 12; turn++) {
    await request('link', 'POST', 'stream', { message: `Turn ${turn} 🌊`, sessionId: 'Begin' });
  }
  const page = await fixture.open({ user: 'link', permissions: ['clipboard-read', 'clipboard-write'] });
  await row(page, 'Begin').click();
  await page.getByText('Turn 11 🌊').waitFor();

  for (const message of [page.locator('.prompt').first(), page.locator('.reply').nth(2)]) {
    await message.hover();
    const isAnnounced = page.getByRole('status').getByText('Link copied').waitFor({ state: 'attached' });
    await Promise.all([isAnnounced, message.getByRole('button', { name: 'Copy link' }).click()]);
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toMatch(/^http:\/\/[^/]+\/c\/Begin#.+$/);

    const other = await page.context().newPage();
    await other.goto(link);
    await other.waitForFunction(() => {
      const { top = 0, bottom = 0 } = document.querySelector('[data-target]')?.getBoundingClientRect() ?? {};
      return bottom > 0 && top < innerHeight;
    });
    expect(await textOf(other.locator('[data-target]'))).toBe(await textOf(message));
    await other.close();
    await page.getByRole('status').getByText('Link copied').waitFor({ state: 'detached' });
  }
});
