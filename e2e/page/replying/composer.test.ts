// The message field: buttons that change places, input methods, and messages sent while a reply streams.
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { holdReply, pageFixture, parts, send, textOf, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const queued = (page: Page) => page.getByTestId('queued');
const prompts = (page: Page) => page.getByTestId('prompt').allTextContents();

/** Opens a page with a streaming reply that does not end by itself. */
async function streaming(): Promise<Page> {
  fixture.provider.respond(providerScripts.stallAfter(['Begun.']));
  const page = await fixture.begin();
  await send(page, 'First');
  await waitForStatus(page, 'live');
  return page;
}

/** Clicks the button that sends as soon as it is there, before the browser paints it. */
function clickSendWhenShown(): Promise<void> {
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const button = document.querySelector<HTMLButtonElement>('.composer button[type=submit]');
      if (button === null) return;
      observer.disconnect();
      button.click();
      resolve();
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
}

test('a double click on Send starts a reply and does not stop it', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Begun.']));
  const page = await fixture.begin();
  await parts.field(page).fill('Hello');

  await parts.sendButton(page).evaluate((sendButton: HTMLElement) => {
    const { x, y } = sendButton.getBoundingClientRect();
    const click = { bubbles: true, cancelable: true, clientX: x + 9, clientY: y + 9 };
    sendButton.dispatchEvent(new MouseEvent('click', { ...click, detail: 1 }));
    queueMicrotask(() => {
      const button = document.elementFromPoint(x + 9, y + 9)?.closest('button');
      if (button === sendButton) throw new Error('The buttons have not changed places.');
      button?.dispatchEvent(new MouseEvent('click', { ...click, detail: 2 }));
    });
  });
  await waitForStatus(page, 'live');

  expect(await parts.stopButton(page).isVisible()).toBe(true);
});

test('a second click at the position of Stop does not send the draft', async () => {
  const page = await streaming();
  await parts.field(page).fill('A draft, 草稿');
  const swapped = page.evaluate(clickSendWhenShown);
  await page.evaluate(() => 0); // the page has begun to watch for the button

  await parts.stopButton(page).click();
  await swapped;
  await waitForStatus(page, 'stopped');

  expect(await parts.field(page).inputValue()).toBe('A draft, 草稿');
  expect(await prompts(page)).toEqual(['First']);
});

test.each([
  ['that is composing', { isComposing: true, keyCode: 13 }],
  ['that Safari marks by 229 alone', { isComposing: false, keyCode: 229 }],
])('Enter of an input method %s does not send', async (_, event) => {
  const page = await fixture.begin();
  await parts.field(page).fill('日本');

  await parts.field(page).dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...event });

  expect(await parts.field(page).inputValue()).toBe('日本');
  expect(await prompts(page)).toEqual([]);
});

test('on touch Enter breaks the line, and Ctrl+Enter sends', async () => {
  const page = await fixture.open({ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });
  await parts.field(page).fill('One');

  await parts.field(page).press('Enter');
  expect(await parts.field(page).inputValue()).toBe('One\n');
  await parts.field(page).press('Control+Enter');

  await page.getByTestId('prompt').waitFor();
  expect(await prompts(page)).toEqual(['One']);
});

test('Enter while a reply streams queues the message, which is sent when the reply ends', async () => {
  const sendRest = holdReply(fixture.provider, ['Hello', ' 🌊']);
  const page = await fixture.begin();
  await send(page, 'First');
  await waitForStatus(page, 'live');

  await send(page, 'Second, 第二 🌊');
  expect(await textOf(queued(page))).toContain('Second, 第二 🌊');
  fixture.provider.respond(providerScripts.reply(['The answer to the second.']));
  sendRest();

  await page.getByText('The answer to the second.').waitFor();
  expect(await prompts(page)).toEqual(['First', 'Second, 第二 🌊']);
  expect(await queued(page).count()).toBe(0);
});

test('Escape returns a queued message to the field without stopping the reply, and so does Stop', async () => {
  const page = await streaming();
  await send(page, 'Second');
  await queued(page).waitFor();

  await page.keyboard.press('Escape');
  expect(await parts.field(page).inputValue()).toBe('Second');
  expect(await parts.stopButton(page).isVisible()).toBe(true);

  await parts.field(page).press('Enter');
  await parts.stopButton(page).click();
  await waitForStatus(page, 'stopped');
  await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('#composer')?.value === 'Second');
  expect(await prompts(page)).toEqual(['First']);
});

test('Stop and send stops the reply and sends the message at once', async () => {
  const page = await streaming();
  await send(page, 'Second');
  fixture.provider.respond(providerScripts.reply(['The answer to the second.']));

  await page.getByRole('button', { name: 'Stop and send' }).click();

  await page.getByText('The answer to the second.').waitFor();
  expect(await prompts(page)).toEqual(['First', 'Second']);
  await page.locator('[data-testid=reply-status][data-status=stopped]').waitFor();
});
