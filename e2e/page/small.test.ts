// Small things that are seen: following the end, the drawer and Back, files, paper, the tab's name, and reduced motion.
import { providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPageStage, type PageStage, parts, reached, send, textOf, wordsOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

/** Opens a page with a reply of many screens that grows for a while. */
async function growing(): Promise<Page> {
  const paragraphs = Array.from({ length: 150 }, () => `${wordsOf(30).join('')}\n\n`);
  stage.provider.answer(providerAnswers.reply(paragraphs, { throttleMs: 60 }));
  const page = await stage.open();
  await send(page);
  await page.waitForFunction(() => (document.querySelector('.scroll')?.scrollHeight ?? 0) > 4_000);
  return page;
}

const distance = (page: Page) =>
  page.locator('.scroll').evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);

test('End follows a growing reply again', async () => {
  const page = await growing();
  await page.locator('.scroll').hover();
  await page.mouse.wheel(0, -1_500);
  await page.getByRole('button', { name: 'Jump to newest' }).waitFor();

  await page.locator('.scroll').focus();
  await page.keyboard.press('End');

  await reached(page, 'done');
  expect(await distance(page)).toBeLessThan(3);
});

test('while a selection is dragged the page holds still', async () => {
  const page = await growing();
  const box = (await page.locator('.scroll').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width / 2, box.y + 100);
  await page.mouse.down();
  const before = await page.locator('.scroll').evaluate((scroller) => scroller.scrollTop);
  const height = await page.locator('.scroll').evaluate((scroller) => scroller.scrollHeight);

  await page.waitForFunction((least) => (document.querySelector('.scroll')?.scrollHeight ?? 0) > least + 500, height);
  expect(await page.locator('.scroll').evaluate((scroller) => scroller.scrollTop)).toBe(before);
  await page.mouse.up();
});

test('on a phone Back closes the drawer first', async () => {
  const page = await stage.open({ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await page.locator('.drawer').waitFor();

  await page.goBack();

  await page.locator('.drawer').waitFor({ state: 'detached' });
  expect(await parts.field(page).isVisible()).toBe(true);
});

test('a pasted file is answered with a sentence', async () => {
  const page = await stage.open();
  await parts.field(page).evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  });

  await page.getByText('Files cannot be sent here.').waitFor();
});

test('on paper the whole conversation is shown, without what only the page needs', async () => {
  stage.provider.answer(providerAnswers.reply([`${wordsOf(3_000).join('')}\n\nThe end.`]));
  const page = await stage.open();
  await send(page);
  await reached(page, 'done');
  await page.locator('.markdown').waitFor();

  await page.emulateMedia({ media: 'print' });

  expect(await page.locator('.scroll').evaluate((box) => box.scrollHeight - box.clientHeight)).toBeLessThan(2);
  expect(await page.locator('.composer').isVisible()).toBe(false);
  expect(await textOf(parts.text(page))).toContain('The end.');
});

test('with reduced motion nothing moves, not even what is drawn beside an element', async () => {
  stage.provider.answer(providerAnswers.stallAfter(['Begun.']));
  const page = await stage.open({ reducedMotion: 'reduce' });
  await send(page);
  await reached(page, 'live');
  await page.getByTestId('under-way').waitFor();

  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});
