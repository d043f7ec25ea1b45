// Stop on the page: whenever it is pressed, the provider's connection closes and what came is kept.
import { providerAnswers } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { grown, openPageStage, type PageStage, parts, reached, send, textOf, wordsOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const endless = providerAnswers.reply(wordsOf(3_000), { throttleMs: 15 });

test('stop closes the connection to the provider, and what came is kept, also after a reload', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(endless);
  const page = await stage.open();
  await send(page);
  const before = await grown(page, 100);

  await parts.stopButton(page).click();
  const pressedAt = Date.now();
  const { at } = await (await stage.provider.received(asked + 1)).closed;
  await reached(page, 'stopped');
  const kept = await textOf(parts.text(page));

  expect(at - pressedAt).toBeLessThan(1_000);
  expect(kept.startsWith(before)).toBe(true);
  expect(await textOf(parts.status(page))).toBe('stopped');
  expect(await parts.failure(page).count()).toBe(0);
  await page.reload();
  await reached(page, 'stopped');
  expect(await textOf(parts.text(page))).toBe(kept);
});

test('stop pressed before the page knows the stream stops it all the same', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(endless);
  const page = await stage.open();
  const held = Promise.withResolvers<void>();
  await page.route('**/api/ai-chat/stream', async (route) => {
    await held.promise; // the start is on its way, and has not arrived
    await route.continue().catch(() => {});
  });

  await send(page);
  await parts.stopButton(page).click();
  await reached(page, 'stopped');
  held.resolve();
  await page.reload();
  await reached(page, 'stopped');

  expect(await page.getByTestId('prompt').count()).toBe(1);
  expect(stage.provider.requests.length - asked).toBeLessThanOrEqual(1);
  await Promise.all(stage.provider.requests.slice(asked).map(({ closed }) => closed));
});

test('stop pressed at once after sending stops, and the next message is answered', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(endless);
  const page = await stage.open();

  await send(page);
  await page.keyboard.press('Escape');
  await reached(page, 'stopped');
  await Promise.all(stage.provider.requests.slice(asked).map(({ closed }) => closed));

  stage.provider.answer(providerAnswers.reply(['Now then.']));
  await send(page, 'Again');
  await reached(page, 'done');
  expect(await textOf(parts.text(page))).toBe('Now then.');
});

test('stop before the first word of the provider, and a second tab sees it', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(providerAnswers.hangBeforeHeaders());
  const page = await stage.open();
  await send(page);
  const request = await stage.provider.received(asked + 1);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await parts.stopButton(second).waitFor();

  await parts.stopButton(page).click();
  await request.closed;

  await reached(page, 'stopped');
  await reached(second, 'stopped');
});

test('stop pressed in another tab stops it here', async () => {
  stage.provider.answer(endless);
  const page = await stage.open();
  await send(page);
  await grown(page, 60);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await grown(second, 100);

  await parts.stopButton(second).click();

  await reached(second, 'stopped');
  await reached(page, 'stopped');
  expect(await textOf(parts.text(page))).toBe(await textOf(parts.text(second)));
});
