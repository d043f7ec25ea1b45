// Conversations on the page: the list, its feed, branches, languages and keys, with a real server and a real Chromium.
import { providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { grown, openPageStage, type PageStage, parts, reached, send, textOf, wordsOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage({ ai_titles: 'false' }); // so that a conversation is called what its first message says
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const words = wordsOf(240);
const whole = words.join('');
const paced = providerAnswers.reply(words, { throttleMs: 20 });
/** Has the model answer so, one reply after the other. */
function answer(...replies: readonly string[]): void {
  let next = 0;
  stage.provider.answer((request, response) => providerAnswers.reply([replies[next++] ?? ''])(request, response));
}

const list = {
  row: (page: Page, title: string) => page.getByRole('link', { name: new RegExp(`^${title}( \\(|$)`) }),
  titles: (page: Page) => page.locator('.row-title').allTextContents(),
  dot: (page: Page) => page.getByTestId('under-way'),
  search: (page: Page) => page.getByRole('textbox', { name: 'Search conversations' }),
};

/** Opens the page as a person of this test alone, so that each list begins empty. */
async function openAs(person: string, options: Parameters<PageStage['open']>[0] = {}): Promise<Page> {
  const { path = '/' } = options;
  return stage.open({ ...options, isSignedIn: false, path: `${path}#token=${await stage.server.token(person)}` });
}

/** Sends one message in a conversation of its own, and waits for its reply. */
async function converse(page: Page, message: string): Promise<void> {
  answer(`About ${message}.`);
  await page.keyboard.press('Control+Shift+O');
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
  await send(page, message);
  await reached(page, 'done');
  await list.row(page, message).waitFor();
}

test('a reply started in one browser shows in the list of another, is read there live, and its dot goes with its end', async () => {
  stage.provider.answer(paced);
  const phone = await openAs('feed');
  const laptop = await openAs('feed'); // the last one, and so in front: a page that is not seen draws no frames
  await laptop.getByText('No conversations yet').waitFor();

  await send(phone, 'From the phone');
  await list.dot(laptop).waitFor();
  await list.row(laptop, 'From the phone').click();
  const early = await grown(laptop, 50);
  await Promise.all([reached(laptop, 'done'), reached(phone, 'done')]);
  await list.dot(laptop).waitFor({ state: 'detached' });

  expect(early.length).toBeLessThan(whole.length);
  expect(await textOf(parts.text(laptop))).toBe(whole);
  expect(await textOf(parts.text(phone))).toBe(whole);
});

test('two browsers at one conversation: what is sent in one is written in the other as it comes', async () => {
  const first = await openAs('mirror');
  await converse(first, 'Begin');
  const second = await openAs('mirror', { path: new URL(first.url()).pathname });
  await second.getByText('About Begin.').waitFor();

  stage.provider.answer(paced);
  await send(first, 'Go on');
  await second.bringToFront();
  await second.getByText('Go on').waitFor();
  await reached(second, 'live');
  const early = await textOf(parts.text(second));
  await reached(second, 'done');

  expect(early.length).toBeLessThan(whole.length);
  expect(await textOf(parts.text(second))).toBe(whole);
});

test('a reload in mid-reply goes on with the reply, and the list still says so', async () => {
  stage.provider.answer(paced);
  const page = await openAs('reload');

  await send(page, 'Keep this');
  await grown(page, 200);
  await page.reload();
  await reached(page, 'resumed');
  await list.dot(page).waitFor();
  await reached(page, 'done');

  expect(await textOf(parts.text(page))).toBe(whole);
});

test('a browser has one feed however many tabs, and another tab takes it over when its own closes', async () => {
  const first = await openAs('leader');
  const context = first.context();
  const feeds: string[] = [];
  context.on('request', (request) => {
    if (request.url().includes('/feed')) feeds.push(request.url());
  });
  await first.getByText('No conversations yet').waitFor();
  const tabs = [];
  for (let count = 0; count < 6; count++) {
    const tab = await context.newPage();
    await tab.goto(stage.network.url);
    await tab.getByText('No conversations yet').waitFor();
    tabs.push(tab);
  }
  const alone = feeds.length;

  await first.close();
  const other = await openAs('leader');
  answer('Still here.');
  await send(other, 'After the leader');
  for (const tab of tabs) await list.row(tab, 'After the leader').waitFor();

  expect(alone).toBeLessThanOrEqual(1); // the first tab's own may have come before the count began
  expect(feeds.filter((url) => url.startsWith(stage.network.url)).length - alone).toBe(1);
});

test('an edited message and an answer given again stand beside the old ones, also after a reload', async () => {
  answer('First.', 'Second.', 'Third.');
  const page = await openAs('branches');
  await send(page, 'One');
  await page.getByText('First.').waitFor();

  await page.getByRole('button', { name: 'Edit message' }).click();
  const editor = page.getByRole('textbox', { name: 'Edited message' });
  expect(await editor.inputValue()).toBe('One');
  await editor.fill('Two');
  await editor.press('Enter');
  await page.getByText('Second.').waitFor();
  await page.getByRole('button', { name: 'Regenerate' }).click();
  await page.getByText('Third.').waitFor();
  await reached(page, 'done');

  const version = (label: string) => page.getByRole('group', { name: label });
  const prompt = page.locator('.prompt');
  await version('Version 2 of 2').nth(1).getByRole('button', { name: 'Previous version' }).click();
  await page.getByText('Second.').waitFor();
  const remembered = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await prompt.getByRole('button', { name: 'Previous version' }).click();
  await page.getByText('First.').waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Previous version');
  expect(await textOf(page.getByTestId('prompt'))).toBe('One');
  await remembered;
  await page.reload();

  await page.getByText('First.').waitFor();
  await prompt.getByRole('button', { name: 'Next version' }).click();
  await page.getByText('Third.').waitFor(); // the newest answer to that version
});

test('Escape gives an edit up and leaves the reply under way alone', async () => {
  stage.provider.answer(paced);
  const page = await openAs('escape');
  await send(page, 'Go on');
  await grown(page, 50);

  await page.getByRole('button', { name: 'Edit message' }).click();
  await page.getByRole('textbox', { name: 'Edited message' }).press('Escape');
  await reached(page, 'done');

  expect(await textOf(parts.text(page))).toBe(whole);
});

test('a conversation is renamed in its place, deleted, brought back, and found', async () => {
  const page = await openAs('list');
  for (const message of ['Apples', 'Pears', 'Plums']) await converse(page, message);

  await list.row(page, 'Pears').focus();
  await page.keyboard.press('F2');
  await page.keyboard.type('Quinces');
  await page.keyboard.press('Enter');
  await list.row(page, 'Quinces').waitFor();
  await list.row(page, 'Apples').hover();
  await page.getByRole('button', { name: 'Options for “Apples”' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await list.row(page, 'Apples').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await list.row(page, 'Apples').waitFor();
  await list.search(page).fill('About Pears'); // what was written, not what it is called
  await page.getByText('1 conversation found').waitFor({ state: 'attached' });
  expect(await list.titles(page)).toEqual(['Quinces']);
  await list.search(page).fill('submarine');
  await page.getByText('Nothing found for “submarine”').waitFor();
  await list.search(page).press('Escape');
  await list.row(page, 'Plums').waitFor();
  await page.reload();
  await list.row(page, 'Quinces').waitFor();

  expect(await list.titles(page)).toHaveLength(3);
});

test('what was deleted is gone in the other browser too, also when the page closes before the time is over', async () => {
  const page = await openAs('gone');
  await converse(page, 'Short-lived');
  const other = await openAs('gone');
  await list.row(other, 'Short-lived').waitFor();

  await page.getByRole('button', { name: 'Options for “Short-lived”' }).first().click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByTestId('removed').waitFor();
  await page.goto('about:blank');

  await other.getByText('No conversations yet').waitFor();
});

test('a conversation is saved as Markdown and as JSON, under its title', async () => {
  const page = await openAs('export');
  await converse(page, 'Save me');
  const saved = async (item: string) => {
    await page.locator('.topbar').getByRole('button', { name: 'Options for “Save me”' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: item }).click(),
    ]);
    const chunks = await (await download.createReadStream()).toArray();
    return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString() };
  };

  const markdown = await saved('Export as Markdown');
  const json = await saved('Export as JSON');

  expect(markdown.name).toBe('Save me.md');
  expect(markdown.text).toContain('About Save me.');
  expect(json.name).toBe('Save me.json');
  expect(JSON.stringify(JSON.parse(json.text))).toContain('About Save me.');
});

test('everything is erased only after the word was typed', async () => {
  const page = await openAs('erase');
  await converse(page, 'To be erased');

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('button', { name: 'Delete permanently' }).click({ force: true });
  expect(await list.titles(page)).toEqual(['To be erased']);
  const word = page.getByLabel('Type “delete” to confirm');
  await word.fill('delete');
  await word.press('Enter');

  await page.getByText('No conversations yet').waitFor();
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
});

test('a person with a keyboard alone writes, stops, searches, moves, renames, deletes and undoes', async () => {
  const page = await openAs('keys');
  const { keyboard } = page;
  await converse(page, 'Alpha');
  await converse(page, 'Beta');
  const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id);

  await keyboard.press('Control+k');
  await keyboard.press('ArrowDown');
  expect(await focused()).toBe('Beta');
  await keyboard.press('ArrowDown');
  expect(await focused()).toBe('Alpha');
  await keyboard.press('Enter');
  await page.getByText('About Alpha.').waitFor();
  await list.row(page, 'Beta').focus();
  await keyboard.press('Delete');
  await list.row(page, 'Beta').waitFor({ state: 'detached' });
  expect(await focused()).toBe('Alpha');
  await keyboard.press('Control+z');
  await list.row(page, 'Beta').waitFor();
  await keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await focused()).toBe('Alpha');
  await keyboard.press('/');
  expect(await focused()).toBe('composer');
  stage.provider.answer(paced);
  await keyboard.type('Gamma/?');
  await keyboard.press('Enter');
  await grown(page, 100);
  await keyboard.press('Escape');
  await reached(page, 'stopped');
  await keyboard.press('Control+b');
  await page.getByRole('button', { name: 'Show conversations' }).waitFor();
  await keyboard.press('Enter');

  await page.getByRole('button', { name: 'Hide conversations' }).waitFor();
});

test('on a phone the list is a drawer: it opens, a conversation is chosen, and it is away', async () => {
  const page = await openAs('phone', { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true });
  answer('Small.');
  await parts.field(page).fill('Pocket');
  await parts.sendButton(page).tap();
  await reached(page, 'done');
  await page.getByRole('button', { name: 'New conversation', exact: true }).tap();
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();

  await page.getByRole('button', { name: 'Show conversations' }).tap();
  const drawer = page.getByRole('dialog', { name: 'Conversations' });
  await list.row(page, 'Pocket').tap();
  await drawer.waitFor({ state: 'detached' });
  await page.getByText('Small.').waitFor();
  await page.getByRole('button', { name: 'Options for “Pocket”' }).tap();
  await page.getByRole('menuitem', { name: 'Delete' }).tap();
  await page.getByRole('button', { name: 'Undo' }).tap();

  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
});

test('French says days, dialogs and versions in French', async () => {
  const page = await openAs('french', { locale: 'fr-FR' });
  answer('Un.', 'Deux.');
  await send(page, 'Bonjour');
  await page.getByText('Un.').waitFor();
  await page.getByRole('button', { name: 'Répondre à nouveau' }).click();
  await page.getByText('Deux.').waitFor();

  await page.getByRole('group', { name: 'Version 2 sur 2' }).waitFor();
  await page.getByRole('heading', { name: 'Aujourd’hui' }).waitFor();
  await page.getByRole('button', { name: 'Réglages' }).click();
  await page.getByText('Thème', { exact: true }).waitFor();
  await page.getByRole('radio', { name: 'English' }).check({ force: true });

  await page.getByRole('heading', { name: 'Today' }).waitFor({ state: 'attached' });
  await page.getByRole('dialog', { name: 'Settings' }).waitFor();
});

test('a lost network is said, and its return too, and what happened meanwhile is there', async () => {
  const page = await openAs('offline');
  await page.getByText('No conversations yet').waitFor();
  const connection = page.getByTestId('connection');

  await stage.goOffline(page);
  await connection.getByText('Offline. Everything here is kept.').waitFor();
  const other = await openAs('offline');
  await converse(other, 'Meanwhile');
  await page.context().setOffline(false);

  await list.row(page, 'Meanwhile').waitFor();
  await connection.getByText('Connected again').waitFor();
});

test('the reply’s details say its model and tokens, and the draft of each conversation is its own', async () => {
  const page = await openAs('details');
  await converse(page, 'One');
  await page.getByRole('button', { name: 'Details of this reply' }).click();
  const details = page.getByTestId('details');
  await details.getByText('complete').waitFor();
  expect(await textOf(details)).toMatch(/Model.*Input tokens\d+Output tokens\d+/);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });

  await parts.field(page).fill('Draft of one');
  await converse(page, 'Two');
  await list.row(page, 'One').click();
  await page.getByText('About One.').waitFor();

  expect(await parts.field(page).inputValue()).toBe('Draft of one');
});
