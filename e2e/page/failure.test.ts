// What goes wrong is said on the page in words, where it happened, with the one thing to do about it.
import { providerAnswers } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPageStage, type PageStage, parts, reached, send, textOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const secret = { error: { message: 'Incorrect API key provided: sk-secret', type: 'invalid_request_error' } };

test('a failure of the provider is said in words, and Retry asks again', async () => {
  stage.provider.answer(providerAnswers.status(401, secret));
  const page = await stage.open();

  await send(page, 'Are you there?');
  await reached(page, 'failed');
  const alert = page.getByRole('alert');

  expect(await textOf(alert)).toContain('refused the key of this server');
  expect(await alert.getAttribute('data-code')).toBe('provider-auth');
  expect(await page.content()).not.toContain('sk-secret');
  stage.provider.answer(providerAnswers.reply(['I am.']));
  await parts.retry(page).click();
  await reached(page, 'done');
  expect(await textOf(parts.text(page))).toBe('I am.');
  expect(await page.getByTestId('prompt').allTextContents()).toEqual(['Are you there?']);
  expect(await parts.failure(page).count()).toBe(0);
});

test('a failure in mid-reply keeps the text, also after a reload, and Retry replaces it', async () => {
  stage.provider.answer(providerAnswers.errorAfter(['Half', ' a'], { message: 'server had an error' }));
  const page = await stage.open();

  await send(page);
  await reached(page, 'failed');
  expect(await textOf(parts.text(page))).toBe('Half a');
  const said = await textOf(parts.failure(page));
  await page.reload();
  await reached(page, 'failed');

  expect(await textOf(parts.text(page))).toBe('Half a');
  expect(await textOf(parts.failure(page))).toBe(said);
  stage.provider.answer(providerAnswers.reply(['Half a loaf.']));
  await parts.retry(page).click();
  await reached(page, 'done');
  expect(await page.getByTestId('reply-text').allTextContents()).toEqual(['Half a loaf.']);
});

test('a conversation that cannot be opened says so, and opens by Retry', async () => {
  stage.provider.answer(providerAnswers.reply(['Kept.']));
  const page = await stage.open();
  await send(page);
  await reached(page, 'done');
  let isAsked = false; // by the button, and not by the page itself, which may be quicker
  await page.exposeFunction('asked', () => {
    isAsked = true;
  });
  await page.route('**/api/ai-chat/sessions/**', (route) => (isAsked ? route.fallback() : route.abort()));
  await page.reload();
  await parts.failure(page).waitFor();

  await parts.retry(page).evaluate((button) => {
    button.addEventListener('pointerdown', () => Reflect.get(window, 'asked')());
  });
  await parts.retry(page).click({ delay: 200 });
  await reached(page, 'done');

  expect(await textOf(parts.text(page))).toBe('Kept.');
});

test('a limit is said as one, while the page tries again by itself', async () => {
  stage.provider.answer(providerAnswers.reply(['At last.']));
  const page = await stage.open();
  await page.route(
    '**/api/ai-chat/stream',
    (route) =>
      route.fulfill({
        status: 429,
        headers: { 'Retry-After': '2' },
        json: { error: 'Too many replies in a short time.', code: 'rate-limited' },
      }),
    { times: 1 },
  );

  await send(page);
  await reached(page, 'told-to-wait');
  const said = await textOf(parts.status(page));
  await reached(page, 'done');

  expect(said).toBe('the server is busy, next try in 2 s');
  expect(await textOf(parts.text(page))).toBe('At last.');
});

test('a message too long for the server is not sent, and stays in the field', async () => {
  const asked = stage.provider.requests.length;
  const page = await stage.open();

  await send(page, 'x'.repeat(32_001));

  expect(await textOf(page.getByRole('alert'))).toContain('32,001 of 32,000');
  expect(await parts.field(page).inputValue()).toHaveLength(32_001);
  expect(stage.provider.requests.length).toBe(asked);
});
