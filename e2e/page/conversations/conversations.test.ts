// Conversations on the page: list, feed, branches, languages and keyboard.
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  holdReply,
  makeWords,
  pageFixture,
  parts,
  send,
  textOf,
  waitForLength,
  waitForStatus,
} from '../fixture/support.ts';

const fixture = pageFixture({ ai_titles: 'false', max_streams_per_user: '2' }); // the title is then the first message

const words = makeWords(140);
const fullText = words.join('');
/** Makes the model send these replies, one per request. */
function setReplies(...replies: readonly string[]): void {
  let next = 0;
  fixture.provider.respond((request, response) => providerScripts.reply([replies[next++] ?? ''])(request, response));
}

const list = {
  row: (page: Page, title: string) => page.getByRole('link', { name: new RegExp(`^${title}( \\(|$)`) }),
  titles: (page: Page) => page.locator('.row-title').allTextContents(),
  dot: (page: Page) => page.getByTestId('under-way'),
  search: (page: Page) => page.getByRole('textbox', { name: 'Search conversations' }),
};

/** Sends one message in a new conversation, and waits for its reply. */
async function converse(page: Page, message: string): Promise<void> {
  setReplies(`About ${message}.`);
  await page.keyboard.press('Control+Shift+O');
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
  await send(page, message);
  await waitForStatus(page, 'done');
  await list.row(page, message).waitFor();
}

test("a reply started in one browser appears in another one's list, streams there, and its dot disappears at its end", async () => {
  const sendRest = holdReply(fixture.provider, words);
  const phone = await fixture.open({ user: 'feed' });
  const laptop = await fixture.open({ user: 'feed' }); // opened last, so in front: a hidden page renders no frames
  await laptop.getByText('No conversations yet').waitFor();

  await send(phone, 'From the phone');
  await list.dot(laptop).waitFor();
  await list.row(laptop, 'From the phone').click();
  const early = await waitForLength(laptop, 50);
  sendRest();
  await Promise.all([waitForStatus(laptop, 'done'), waitForStatus(phone, 'done')]);
  await list.dot(laptop).waitFor({ state: 'detached' });

  expect(early.length).toBeLessThan(fullText.length);
  expect(await textOf(parts.text(laptop))).toBe(fullText);
  expect(await textOf(parts.text(phone))).toBe(fullText);
});

test('a message sent in one browser, and its reply, appear live in another that shows the conversation', async () => {
  const first = await fixture.open({ user: 'mirror' });
  await converse(first, 'Begin');
  const second = await fixture.open({ user: 'mirror', path: new URL(first.url()).pathname });
  await second.getByText('About Begin.').waitFor();

  const sendRest = holdReply(fixture.provider, words);
  await send(first, 'Go on');
  await second.bringToFront();
  await second.getByText('Go on').waitFor();
  await waitForStatus(second, 'live');
  const early = await textOf(parts.text(second));
  sendRest();
  await waitForStatus(second, 'done');

  expect(early.length).toBeLessThan(fullText.length);
  expect(await textOf(parts.text(second))).toBe(fullText);
});

test('a reload mid-reply resumes the reply, and the list still marks it as running', async () => {
  const sendRest = holdReply(fixture.provider, words);
  const page = await fixture.begin();

  await send(page, 'Keep this');
  await waitForLength(page, 200);
  await page.reload();
  await waitForStatus(page, 'resumed');
  await list.dot(page).waitFor();
  sendRest();
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toBe(fullText);
});

test('all tabs of a browser share one feed, and another tab takes it over when its tab closes', async () => {
  const first = await fixture.open({ user: 'leader' });
  const context = first.context();
  const feeds: string[] = [];
  context.on('request', (request) => {
    if (request.url().includes('/feed')) feeds.push(request.url());
  });
  await first.getByText('No conversations yet').waitFor();
  const tabs = [];
  for (let count = 0; count < 3; count++) {
    const tab = await context.newPage();
    await tab.goto(fixture.network.url);
    await tab.getByText('No conversations yet').waitFor();
    tabs.push(tab);
  }
  const feedsBefore = feeds.length;

  await first.close();
  const other = await fixture.open({ user: 'leader' });
  setReplies('Still here.');
  await send(other, 'After the leader');
  for (const tab of tabs) await list.row(tab, 'After the leader').waitFor();

  expect(feedsBefore).toBeLessThanOrEqual(1); // the first tab may have connected before counting began
  expect(feeds.filter((url) => url.startsWith(fixture.network.url)).length - feedsBefore).toBe(1);
});

test('edited messages and regenerated replies are shown as versions next to the old ones, also after a reload', async () => {
  setReplies('First.', 'Second.', 'Third.');
  const page = await fixture.begin();
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
  await waitForStatus(page, 'done');

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
  await page.getByText('Third.').waitFor(); // the newest reply to that version
});

test('Escape cancels an edit and does not stop the running reply', async () => {
  const sendRest = holdReply(fixture.provider, words);
  const page = await fixture.begin();
  await send(page, 'Go on');
  await waitForLength(page, 50);

  await page.getByRole('button', { name: 'Edit message' }).click();
  await page.getByRole('textbox', { name: 'Edited message' }).press('Escape');
  sendRest();
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toBe(fullText);
});

test('a conversation can be renamed in the list, deleted, restored, and found by search', async () => {
  const page = await fixture.open({ user: 'list' });
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
  await list.search(page).fill('About Pears'); // finds the content, not the title
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

test('a deletion reaches another browser, even if the page closes before the undo period ends', async () => {
  const page = await fixture.open({ user: 'gone' });
  await converse(page, 'Short-lived');
  const other = await fixture.open({ user: 'gone' });
  await list.row(other, 'Short-lived').waitFor();

  await page.getByRole('button', { name: 'Options for “Short-lived”' }).first().click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByTestId('removed').waitFor();
  await page.goto('about:blank');

  await other.getByText('No conversations yet').waitFor();
});

test('a conversation is exported as Markdown and as JSON, named after its title', async () => {
  const page = await fixture.begin();
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

test('erasing everything requires typing the confirmation word', async () => {
  const page = await fixture.open({ user: 'erase' });
  await converse(page, 'To be erased');

  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await page.getByRole('button', { name: 'Delete permanently' }).click({ force: true });
  expect(await list.titles(page)).toEqual(['To be erased']);
  const word = page.getByLabel('Type “delete” to confirm');
  await word.fill('delete');
  await word.press('Enter');

  await page.getByText('No conversations yet').waitFor();
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
});

test('writing, stopping, searching, navigating, deleting and undoing work with the keyboard alone', async () => {
  const page = await fixture.begin();
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
  holdReply(fixture.provider, words);
  await keyboard.type('Gamma/?');
  await keyboard.press('Enter');
  await waitForLength(page, 100);
  await keyboard.press('Escape');
  await waitForStatus(page, 'stopped');
  await keyboard.press('Control+b');
  await page.getByRole('button', { name: 'Show conversations' }).waitFor();
  await keyboard.press('Enter');

  await page.getByRole('button', { name: 'Hide conversations' }).waitFor();
});

test('on a phone the list is a drawer that closes when a conversation is selected', async () => {
  const page = await fixture.open({
    user: 'phone',
    viewport: { width: 375, height: 720 },
    hasTouch: true,
    isMobile: true,
  });
  setReplies('Small.');
  await parts.field(page).fill('Pocket');
  await parts.sendButton(page).tap();
  await waitForStatus(page, 'done');
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

test('the French page has French days, dialogs and versions', async () => {
  const page = await fixture.open({ user: 'french', locale: 'fr-FR' });
  setReplies('Un.', 'Deux.');
  await send(page, 'Bonjour');
  await page.getByText('Un.').waitFor();
  await page.getByRole('button', { name: 'Régénérer' }).click();
  await page.getByText('Deux.').waitFor();

  await page.getByRole('group', { name: 'Version 2 sur 2' }).waitFor();
  await page.getByRole('heading', { name: 'Aujourd’hui' }).waitFor();
  await page.getByRole('button', { name: 'Réglages', exact: true }).click();
  await page.getByText('Thème', { exact: true }).waitFor();
  await page.getByRole('radio', { name: 'English' }).check({ force: true });

  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor({ state: 'attached' });
  await page.getByRole('dialog', { name: 'Settings' }).waitFor();
});

test('the page shows that it is offline and online again, and then loads what happened meanwhile', async () => {
  const page = await fixture.open({ user: 'offline' });
  await page.getByText('No conversations yet').waitFor();
  const connection = page.getByTestId('connection');

  await fixture.goOffline(page);
  await connection.getByText('Offline. Everything here is kept.').waitFor();
  const other = await fixture.open({ user: 'offline' });
  await converse(other, 'Meanwhile');
  const isBack = connection.getByText('Back online').waitFor(); // it is shown for a few seconds
  await page.context().setOffline(false);

  await Promise.all([isBack, list.row(page, 'Meanwhile').waitFor()]);
});

test('the details of a reply show its model and tokens, and each conversation has its own draft', async () => {
  const page = await fixture.begin();
  await converse(page, 'Detailed');
  await page.getByRole('button', { name: 'Details of this reply' }).click();
  const details = page.getByTestId('details');
  await details.getByText('complete').waitFor();
  expect(await textOf(details)).toMatch(/Model.*Input tokens\d+Output tokens\d+/);
  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'detached' });

  await parts.field(page).fill('Draft of the first');
  await converse(page, 'Without draft');
  await list.row(page, 'Detailed').click();
  await page.getByText('About Detailed.').waitFor();

  expect(await parts.field(page).inputValue()).toBe('Draft of the first');
});

test('two tabs each keep their own draft through reloads, and a sign-out deletes both', async () => {
  const page = await fixture.open({ user: 'drafts' });
  const other = await page.context().newPage();
  await other.goto(page.url());
  await parts.field(page).fill('Draft of the first tab, 草稿');
  await parts.field(other).fill('Draft of the second tab');

  await Promise.all([page.reload(), other.reload()]);
  await Promise.all([parts.field(page).waitFor(), parts.field(other).waitFor()]);
  const drafts = [await parts.field(page).inputValue(), await parts.field(other).inputValue()];
  await other.bringToFront();
  await other.getByRole('button', { name: 'Settings', exact: true }).click();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('textbox', { name: 'Link or token' }).waitFor();

  expect(drafts).toEqual(['Draft of the first tab, 草稿', 'Draft of the second tab']);
  for (const tab of [page, other]) expect(await tab.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
});

test('a reply that ends while another conversation is open is marked in the list and in the tab’s title until it is read', async () => {
  const page = await fixture.begin();
  await converse(page, 'Before');
  const held = Promise.withResolvers<void>();
  fixture.provider.respond(
    providerScripts.reply(['Begun, ', '完了.'], { beforeDelta: (at) => (at === 1 ? held.promise : undefined) }),
  );
  await page.keyboard.press('Control+Shift+O');
  await send(page, 'Elsewhere');
  await waitForStatus(page, 'live');
  await list.row(page, 'Elsewhere').waitFor(); // rows that change places ignore a click soon after another
  await list.row(page, 'Before').click();
  await page.getByText('About Before.').waitFor();
  const other = await page.context().newPage(); // shares the marks
  await other.goto(`${fixture.network.url}/`);
  await list.dot(other).waitFor();

  held.resolve();
  await page.getByTestId('unread').waitFor();
  await other.getByTestId('unread').waitFor();
  const titles = [await page.title(), await other.title()];
  await page.bringToFront();
  await list.row(page, 'Elsewhere').click();
  await page.getByText('完了.').waitFor();
  await Promise.all([page, other].map((one) => one.getByTestId('unread').waitFor({ state: 'detached' })));

  expect(titles).toEqual(['(1) Before · Sillage', '(1) Sillage']);
  expect(await page.title()).toBe('Elsewhere · Sillage');
});

test('a reply in progress is stopped from the list', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Begun.']));
  const page = await fixture.begin();
  await send(page, 'Running');
  await waitForStatus(page, 'live');
  await page.keyboard.press('Control+Shift+O');
  await list.dot(page).waitFor();

  await list.row(page, 'Running').hover();
  await page.getByRole('button', { name: 'Options for “Running”' }).click();
  await page.getByRole('menuitem', { name: 'Stop the reply' }).click();
  await list.dot(page).waitFor({ state: 'detached' });
  await list.row(page, 'Running').click();
  await waitForStatus(page, 'stopped');

  expect(await textOf(parts.text(page))).toBe('Begun.');
});

test('the limit of replies in progress names those that run', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Begun.']));
  const page = await fixture.open({ user: 'limit' });
  for (const message of ['First 一', 'Second 二']) {
    await send(page, message);
    await waitForStatus(page, 'live');
    await list.row(page, message).waitFor();
    await page.keyboard.press('Control+Shift+O');
  }

  await send(page, 'Third');

  await page.locator('.reply').getByText('2 other replies are in progress: Second 二, First 一.').waitFor();
});

test('a notification is shown for a reply that ends in the background, once the user has turned them on', async () => {
  const held = Promise.withResolvers<void>();
  const beforeDelta = (at: number) => (at === 1 ? held.promise : undefined);
  fixture.provider.respond(providerScripts.reply(['Begun, ', '完了.'], { beforeDelta }));
  const page = await fixture.open({ user: 'notified' });
  await page.evaluate(() => {
    const shown: string[] = [];
    class RecordedNotification extends EventTarget {
      static readonly permission = 'granted';
      static readonly requestPermission = async () => 'granted';
      constructor(title: string, { body }: { body: string }) {
        super();
        shown.push(`${title}: ${body}`);
      }
    }
    Object.assign(window, { Notification: RecordedNotification, shown });
  });
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('switch', { name: 'Notify me' }).check();
  await page.keyboard.press('Escape');

  await send(page, 'Later 后来');
  await waitForStatus(page, 'live');
  await list.row(page, 'Later 后来').waitFor();
  await page.evaluate(() => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' }));
  held.resolve();

  await page.waitForFunction(() => Reflect.get(window, 'shown').length > 0);
  expect(await page.evaluate(() => Reflect.get(window, 'shown'))).toEqual(['Later 后来: Reply finished']);
});
